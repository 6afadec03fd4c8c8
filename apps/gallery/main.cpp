// Draws what normalization does to numbers: a file for each picture, and a page with all of them.
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/common/clock.h"
#include "apps/common/console.h"
#include "apps/common/heading.h"
#include "apps/common/run.h"
#include "apps/common/shell.h"
#include "apps/common/signals.h"
#include "apps/gallery/market_data.h"
#include "apps/gallery/options.h"
#include "cambium/framework/base/environment.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/plot/page.h"

namespace {

using namespace gallery;
using cambium::AtomicFile;

const std::string page_file = "/gallery.html", figures_file = "/figures.csv";

void list_pictures() {
  for (const Family& family : catalogue())
    for (const Picture& picture : family.pictures) apps::say("{:<16}{}\n", picture.name, picture.title);
}

// Makes the folder, and sees whether files can be written there.
void check_folder(const Options& options) {
  std::error_code failed;
  std::filesystem::create_directories(options.out, failed);
  if (failed) throw cambium::Error(options.out + ": " + failed.message(), "--out with a folder that you may write to");
  for (const std::string& file : {page_file, figures_file}) AtomicFile probe(options.out + file);
  for (const Family& family : catalogue())
    for (const Picture& picture : family.pictures)
      if (options.wants(picture)) AtomicFile probe(options.out + '/' + picture.name + ".svg");
}

// What is drawn so far. Nothing is written before all is, so that pictures and page in a folder are always of one run.
class Gallery {
 public:
  explicit Gallery(const std::string& out)
      : out_(out),
        page_(
            "What normalization does to numbers",
            "Every picture is computed by the layers of Cambium, and every figure is measured on what they gave. What is expected "
            "stands in brackets. Orange goes in, blue comes out.") {}

  void heading(const std::string& text) { page_.heading(text); }
  void add(const Picture& picture, const Shown& shown) {
    const std::string measured = text_of(shown.measured);
    page_.figure(picture.title, shown.figure, {.text = shown.caption, .formula = shown.formula, .measured = measured});
    for (const Measured& one : shown.measured) {
      const std::string value = fmt::format("{:.6g}", one.value),
                        expected = one.expected ? fmt::format("{:.6g}", *one.expected) : "";
      figures_ += fmt::format("{},\"{}\",{},{}\n", picture.name, one.name, value, expected);
    }
    apps::say("{:<16}{}\n", picture.name, measured);
    drawn_.emplace_back(out_ + '/' + picture.name + ".svg", shown.figure);
  }
  void write_pictures() const {
    for (const auto& [file, figure] : drawn_) figure.save(file);
  }
  void write_figures() const {
    AtomicFile file(out_ + figures_file);
    file.write(figures_.data(), figures_.size());
    file.commit();
  }
  void write_page(const std::string& command) {
    page_.heading("How to make this page").code(command);
    page_.save(out_ + page_file);
  }
  std::size_t count() const { return drawn_.size(); }

 private:
  std::string out_, figures_ = "picture,figure,measured,expected\n";
  cambium::plot::Page page_;
  std::vector<std::pair<std::string, cambium::plot::Figure>> drawn_;  // by file
};

// False when it was told to end.
bool draw(const Options& options, Gallery& gallery) {
  for (const Family& family : catalogue()) {
    gallery.heading(family.heading);
    for (const Picture& picture : family.pictures) {
      if (!options.wants(picture)) continue;
      apps::live(picture.title + " ...");
      const Shown shown = picture.draw(options.setting);
      if (apps::stopped()) return false;
      gallery.add(picture, shown);
    }
  }
  return true;
}

// The command that makes the same again.
std::string command_of(const Options& options) {
  const MarketOptions& market = options.market;
  std::vector<std::string> words{"--seed", std::to_string(options.setting.seed)};
  if (!market.file.empty())
    for (const std::string& word : {std::string("--market"), market.file.substr(market.file.rfind('/') + 1), std::string("--price"),
                                    market.price, std::string("--label"), market.label})
      words.push_back(word);
  return apps::shell_line(apps::program(), words);
}

int run(const std::vector<std::string>& words) {
  auto options = read_options(words);
  if (!options) return 0;
  if (options->list) return list_pictures(), 0;
  cambium::check_environment();
  options->setting.market = std::make_shared<const MarketData>(market_data(options->market, options->setting));
  check_folder(*options);
  apps::catch_signals();
  apps::begin();
  apps::print_heading(options->setting.threads);
  const double start = apps::now();
  Gallery gallery(options->out);
  if (!draw(*options, gallery)) {
    apps::complain(fmt::format("ended after {}; nothing was written", apps::counted(gallery.count(), "picture")));
    return apps::exit_code();
  }
  gallery.write_pictures();
  gallery.write_figures();
  if (options->only.empty()) gallery.write_page(command_of(*options));
  apps::say("{} in {:.1f} s: {}\n", apps::counted(gallery.count(), "picture"), apps::now() - start,
            cambium::shown(options->out + (options->only.empty() ? page_file : figures_file)));
  return 0;
}

}  // namespace

int main(int count, char** words) { return apps::run("gallery", count, words, run); }
