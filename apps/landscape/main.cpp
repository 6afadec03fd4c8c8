// Shows how normalization works: measures the loss of networks with and without it, and draws a page.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/clock.h"
#include "apps/common/console.h"
#include "apps/common/data_place.h"
#include "apps/common/run.h"
#include "apps/landscape/chapter.h"
#include "apps/landscape/options.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/mnist.h"
#include "cambium/framework/files/atomic_file.h"

namespace {

using namespace cambium;
using namespace landscape;

constexpr int drawn_digits = 25600;  // two epochs are 400 steps of 128
constexpr int least_images = 512;    // of the largest batch, that of hessian

MemoryDataset load(const Options& options) {
  if (options.data == "digits") return digits(Split::train, {.count = drawn_digits, .threads = options.threads});
  MemoryDataset set =
      load_mnist(options.data_dir, Split::train, options.data == "mnist" ? std::vector<std::string>{} : apps::fashion_names());
  if (set.size() < least_images)
    throw Error(
        fmt::format("{} has {} training images, and some measures look at {}", shown(options.data_dir), set.size(), least_images),
        "the folder of " + options.data);
  return set;
}

bool wanted(const Options& options, const Measure& measure) {
  return options.only.empty() || std::ranges::find(options.only, measure.name) != options.only.end();
}

void print(const Measure& measure, const Chapter& chapter, double took) {
  apps::say("\n{}: {} ({:.1f} s)\n", measure.name, measure.about, took);
  apps::say("  {:<58} {:>12} {:>26}  {}\n", "", "no norm", "batch norm", chapter.other);
  for (const Row& row : chapter.rows) apps::say("  {:<58} {:>12} {:>26}  {}\n", row.what, row.none, row.batch, row.other);
}

void write_csv(const std::string& path, const std::vector<std::pair<std::string, Chapter>>& chapters) {
  std::string text = "measure,network,norm,series,x,value\n";
  for (const auto& [measure, chapter] : chapters)
    for (const Point& p : chapter.points)
      text += fmt::format("{},\"{}\",{},\"{}\",{:.9g},{:.9g}\n", measure, p.network, p.norm, p.series, p.x, p.value);
  AtomicFile file(path);
  file.write(text.data(), text.size());
  file.commit();
}

plot::Page page_of(const Options& options, const Dataset& set) {
  plot::Page page("How normalization really works", fmt::format("Measured on {} ({}), seed {}. Made by landscape of Cambium {}.",
                                                                options.data, set.describe(), options.seed, CAMBIUM_VERSION));
  page.paragraph(
      "Batch norm makes networks train faster, at higher rates, and to better results, and it is still argued why. Here are the "
      "things "
      "that are said about it, each measured on small networks with and without it. Every section ends with what speaks against "
      "it. "
      "That text describes what the built-in digits give with seed 1; with other data, seeds or rates the pictures hold, and not "
      "it.");
  return page;
}

void summarize(plot::Page& page, const std::vector<std::pair<std::string, Chapter>>& chapters) {
  plot::Table table{{"", "no norm", "batch norm"}, {}};
  for (const auto& [name, chapter] : chapters) {
    const Row& row = chapter.rows.at(chapter.headline);
    table.rows.push_back({name + ": " + row.what, row.none, row.batch});
  }
  page.table(table, "One figure of each");
}

int run(const Options& options) {
  const MemoryDataset set = load(options);
  const Experiment experiment{set, options.rate, options.seed, options.threads};
  plot::Page page = page_of(options, set);
  apps::begin();
  std::vector<std::pair<std::string, Chapter>> chapters;
  const double start = apps::now();
  for (const Measure& measure : measures()) {
    if (!wanted(options, measure)) continue;
    apps::live(measure.name + ": " + measure.about);
    const double before = apps::now();
    chapters.emplace_back(measure.name, measure.run(experiment));
    print(measure, chapters.back().second, apps::now() - before);
  }
  summarize(page, chapters);
  for (const auto& [name, chapter] : chapters) chapter.draw(page);
  page.save(options.out);
  if (!options.csv.empty()) write_csv(options.csv, chapters);
  apps::say("\n{}: {}, {:.1f} s\n", shown(options.out), apps::counted(chapters.size(), "measure"), apps::now() - start);
  return 0;
}

int read_and_run(const std::vector<std::string>& words) {
  const std::optional<Options> options = read_options(words);
  return options ? run(*options) : 0;
}

}  // namespace

int main(int argc, char** argv) { return apps::run("landscape", argc, argv, read_and_run); }
