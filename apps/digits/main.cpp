// Writes made digits as the four IDX files of MNIST, and a sheet to look at.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/common/augments.h"
#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "apps/common/run.h"
#include "apps/common/same_file.h"
#include "apps/digits/pictures.h"
#include "apps/digits/sheet.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/idx.h"
#include "cambium/framework/data/memory_dataset.h"
#include "cambium/framework/data/stream.h"
#include "cambium/framework/files/atomic_file.h"

namespace {

using namespace cambium;

struct Settings {
  std::string out, sheet, augment = "0";  // see apps/common/augments.h
  int train = 60000, test = 10000, columns = 24, threads = 0;
  std::uint64_t seed = 1;
  double difficulty = 1;
  std::string pictures;
};

// What the names of the files of one part begin with, and how they end.
std::string start_of(const Settings& settings, Split split) { return settings.out + (split == Split::train ? "/train" : "/t10k"); }
const std::string images_end = "-images-idx3-ubyte", labels_end = "-labels-idx1-ubyte";

DigitImages draw(const Settings& settings, Split split, int count) {
  return made_digits(split,
                     {.count = count, .seed = settings.seed, .difficulty = settings.difficulty, .threads = settings.threads});
}

void write_part(const Settings& settings, Split split, const DigitImages& digits) {
  const std::string start = start_of(settings, split);
  const auto count = static_cast<int>(digits.labels.size());
  write_idx(start + images_end, {{count, 28, 28}, digits.images});
  write_idx(start + labels_end, {{count}, digits.labels});
  apps::say("{}{} and {}: {} digits\n", shown(start), images_end, labels_end, count);
}

// Makes the folder, and sees whether all files can be written.
void check_files(const Settings& settings) {
  std::error_code failed;
  if (!settings.out.empty()) std::filesystem::create_directories(settings.out, failed);
  if (failed) throw Error(settings.out + ": " + failed.message(), "--out with a folder that you may write to");
  if (!settings.sheet.empty()) AtomicFile probe(settings.sheet);
  if (settings.out.empty()) return;
  for (const Split split : {Split::train, Split::test})
    for (const std::string& end : {images_end, labels_end}) {
      const std::string path = start_of(settings, split) + end;
      if (apps::same_file(settings.sheet, path)) throw Error("--sheet is a file of --out too, " + path, "another --sheet");
      AtomicFile probe(path);
    }
}

// What --augment makes of them, each sample in its own way.
DigitImages changed(const Settings& settings, DigitImages digits) {
  const Augments augments = apps::augments_of("--augment", settings.augment);
  const MemoryDataset set(Shape{1, 28, 28}, digits.images, {digits.labels.begin(), digits.labels.end()}, 10);
  std::uint8_t* to = digits.images.data();
  for (const Batch& batch : set.stream({.batch = 1, .seed = settings.seed, .shuffle = false, .augment = augments}))
    to = std::ranges::transform(batch.x(), to, [](real ink) {
           return static_cast<std::uint8_t>(std::lround(std::clamp(static_cast<double>(ink), 0.0, 1.0) * 255));
         }).out;
  return digits;
}

void check(const Settings& settings) {
  if (settings.out.empty() && settings.sheet.empty() && settings.pictures.empty())
    throw Error("nothing to write", "--out FOLDER, --pictures FOLDER or --sheet FILE.png");
  if (settings.augment != "0" && settings.sheet.empty()) throw Error("--augment changes the sheet alone", "--sheet FILE.png");
  apps::augments_of("--augment", settings.augment).check(Shape{1, 28, 28});
  check_files(settings);
}

bool read(Settings& settings, const apps::Words& words) {
  CLI::App app("Draws digits that look like handwriting, and writes them as the IDX files of MNIST.", "digits");
  apps::add_name(app, "--out", settings.out, "FOLDER", "folder for the four IDX files; made when it is not there");
  apps::add_name(app, "--sheet", settings.sheet, "FILE.png", "PNG file that shows test digits");
  apps::add_name(app, "--augment", settings.augment, "HOW", "show them changed at random, as train does: " + apps::augment_help());
  apps::add_number<int>(app, "--train", settings.train, "training samples", {1});
  apps::add_number<int>(app, "--test", settings.test, "test samples", {1});
  apps::add_number<int>(app, "--columns", settings.columns, "samples of each digit on the sheet", {1, 500});
  apps::add_number<std::uint64_t>(app, "--seed", settings.seed, "another seed, other digits");
  apps::add_number<double>(app, "--difficulty", settings.difficulty, "0 to 2: how much writers and samples differ", {0, 2});
  apps::add_number<int>(app, "--threads", settings.threads, "1 to 64, 0 for one per processor; the files do not depend on it",
                        {0, 64});
  apps::add_name(app, "--pictures", settings.pictures, "FOLDER", "folder for PNG files too: train/7/0123.png, test/7/0123.png");
  return apps::parse(app, words);
}

int run(const apps::Words& words) {
  Settings settings;
  if (!read(settings, words)) return 0;
  check(settings);
  check_pictures(settings.pictures);
  DigitImages train;
  if (!settings.out.empty() || !settings.pictures.empty()) train = draw(settings, Split::train, settings.train);
  const DigitImages test = draw(settings, Split::test, settings.test);
  apps::begin();
  if (!settings.out.empty()) {
    write_part(settings, Split::train, train);
    write_part(settings, Split::test, test);
  }
  if (!settings.pictures.empty()) {
    write_pictures(settings.pictures, Split::train, train);
    write_pictures(settings.pictures, Split::test, test);
  }
  if (!settings.sheet.empty()) {
    write_sheet(settings.sheet, changed(settings, test), settings.columns);
    apps::say("{}: test digits, a row for each\n", shown(settings.sheet));
  }
  return 0;
}

}  // namespace

int main(int count, char** words) { return apps::run("digits", count, words, run); }
