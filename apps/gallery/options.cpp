#include "apps/gallery/options.h"

#include <algorithm>

#include "apps/common/command_line.h"
#include "apps/common/named.h"
#include "cambium/models/recipe.h"

namespace gallery {
namespace {

std::vector<std::string> names_of_pictures() {
  std::vector<std::string> names;
  for (const Family& family : catalogue())
    for (const Picture& picture : family.pictures) names.push_back(picture.name);
  return names;
}

}  // namespace

bool Options::wants(const Picture& picture) const { return only.empty() || std::ranges::find(only, picture.name) != only.end(); }

std::optional<Options> read_options(const std::vector<std::string>& words) {
  Options options;
  std::string only;
  CLI::App app("Draws what normalization does to numbers: every picture of the article, computed by the layers.", "gallery");
  apps::add_name(app, "--out", options.out, "FOLDER [gallery]",
                 "where gallery.html, figures.csv and a file NAME.svg for each picture go; made when it is not there");
  apps::add_name(app, "--only", only, "NAME,...", "these pictures alone, and no page");
  app.add_flag("--list", options.list, "names and titles of the pictures, and nothing is drawn");
  apps::add_name(app, "--market", options.market.file, "FILE.csv", "prices in the order of time; without it a market is made");
  CLI::Option* const price =
      apps::add_name(app, "--price", options.market.price, "COLUMN [nswprice]", "the column of the price in it");
  CLI::Option* const label =
      apps::add_name(app, "--label", options.market.label, "COLUMN [class]", "the column that is to be predicted");
  apps::add_number<std::uint64_t>(app, "--seed", options.setting.seed, "another seed, other numbers");
  apps::add_number<int>(app, "--threads", options.setting.threads, "1 to 64, 0 for one per processor; changes no figure", {0, 64});
  app.footer(
      "Examples:\n"
      "  gallery                                     all pictures, and gallery/gallery.html with all of them\n"
      "  gallery --only rare,drift --out pictures    two of them\n"
      "  gallery --market elec.csv                   with the prices of a real market\n"
      "Ctrl-C ends it after the picture that it is at, and nothing is written.");
  if (!apps::parse(app, words)) return std::nullopt;
  for (const CLI::Option* option : {price, label})
    if (option->count() > 0 && options.market.file.empty())
      throw cambium::Error(option->get_name() + " is about a table that --market names", "--market FILE.csv");
  if (!only.empty()) options.only = apps::split_names(only);
  for (const std::string& name : options.only) cambium::models::check_name("picture", name, names_of_pictures());
  return options;
}

}  // namespace gallery
