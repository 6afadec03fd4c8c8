// Writes made digits as the four IDX files of MNIST, and a sheet to look at.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

#include "apps/digits/sheet.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/data/digits.h"
#include "cambium/framework/data/idx.h"

namespace {

using namespace cambium;

std::string not_negative(const std::string& text) { return text.starts_with('-') ? text + " must be at least 0" : ""; }

struct Settings {
  std::string out, sheet;
  int train = 60000, test = 10000, columns = 24, threads = 0;
  std::uint64_t seed = 1;
  double difficulty = 1;
};

DigitImages write_part(const Settings& settings, Split split, int count) {
  auto made =
      made_digits(split, {.count = count, .seed = settings.seed, .difficulty = settings.difficulty, .threads = settings.threads});
  if (!settings.out.empty()) {
    const std::string path = settings.out + (split == Split::train ? "/train" : "/t10k");
    write_idx(path + "-images-idx3-ubyte", {{count, 28, 28}, made.images});
    write_idx(path + "-labels-idx1-ubyte", {{count}, made.labels});
    fmt::print("{}-images-idx3-ubyte and -labels-idx1-ubyte: {} digits\n", path, count);
  }
  return made;
}

void check(const Settings& settings) {
  if (settings.out.empty() && settings.sheet.empty()) throw Error("nothing to write", "--out FOLDER or --sheet FILE.png");
  if (settings.columns < 1 || settings.columns > 500)
    throw Error(fmt::format("{} columns: 1 to 500 are possible", settings.columns), "--columns 24");
  if (settings.train < 1) throw Error(fmt::format("{} training samples: at least 1 is needed", settings.train), "--train 60000");
  if (settings.test < 1) throw Error(fmt::format("{} test samples: at least 1 is needed", settings.test), "--test 10000");
}

void run(const Settings& settings) {
  check(settings);
  if (!settings.out.empty()) {
    std::error_code failed;
    std::filesystem::create_directories(settings.out, failed);
    if (failed) throw Error(settings.out + ": " + failed.message(), "--out with a folder that you may write to");
  }
  if (!settings.out.empty()) write_part(settings, Split::train, settings.train);
  const auto test = write_part(settings, Split::test, settings.test);
  if (!settings.sheet.empty()) {
    write_sheet(settings.sheet, test, settings.columns);
    fmt::print("{}: test digits, a row for each\n", settings.sheet);
  }
}

}  // namespace

int main(int count, char** words) {
  Settings settings;
  CLI::App app("Draws digits that look like handwriting, and writes them as the IDX files of MNIST.", "digits");
  app.add_option("--out", settings.out, "folder for the four IDX files; made when it is not there");
  app.add_option("--sheet", settings.sheet, "PNG file that shows test digits");
  app.add_option("--train", settings.train, "training samples")->capture_default_str();
  app.add_option("--test", settings.test, "test samples")->capture_default_str();
  app.add_option("--columns", settings.columns, "samples of each digit on the sheet")->capture_default_str();
  app.add_option("--seed", settings.seed, "another seed, other digits")->check(not_negative)->capture_default_str();
  app.add_option("--difficulty", settings.difficulty, "0 to 2: how much writers and samples differ")
      ->check(CLI::Range(0.0, 2.0))
      ->capture_default_str();
  app.add_option("--threads", settings.threads, "1 to 64, 0 for one per processor; the files do not depend on it")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  try {
    app.parse(count, words);
    run(settings);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const std::exception& error) {
    fmt::print(stderr, "digits: {}\n", error.what());
    return 2;
  }
  return 0;
}
