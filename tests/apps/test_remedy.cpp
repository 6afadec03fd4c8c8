// What the library says to who writes C++, said to who types a command.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

#include "apps/common/remedy.h"
#include "tests/data/temp_folder.h"

namespace {

const std::vector<std::string> options = {"--batch", "--epochs", "--data-dir"};

TEST_CASE("programs: members become options, and nothing else changes") {
  using apps::with_options;
  CHECK(with_options(".batch = 10", options) == "--batch 10");
  CHECK(with_options("fit: .epochs = 0, which must be at least 1", options) == "fit: --epochs 0, which must be at least 1");
  CHECK(with_options(".batch = 60 or less, or another .batch, (.epochs)", options) ==
        "--batch 60 or less, or another --batch, (--epochs)");
  CHECK(with_options(".data_dir = x", options) == "--data-dir x");
  CHECK(with_options(".data_dir = true, or more", options) == "--data-dir, or more");  // a flag
  CHECK(with_options(".batches = 10", options) == ".batches = 10");
  for (const char* as_it_is : {"", "a .gz file", "/tmp/.batch", ".batch.tmp", "it ends here.", "0.5", "x.batch = 1", "..batch = 1"})
    CHECK(with_options(as_it_is, options) == as_it_is);
}

TEST_CASE("programs: a remedy that only C++ can follow is left out") {
  using apps::remedy_with_options;
  CHECK(remedy_with_options("a smaller rate, .clip_norm = 1 in the optimizer, or BatchNorm(for_input) as the first layer",
                            options) == "a smaller rate");
  CHECK(remedy_with_options(".drop_last = true, or another .batch, or OnlineNorm() in its place", options) == "another --batch");
  CHECK(remedy_with_options(".batch = 3, a longer set, or f()", options) == "--batch 3 or a longer set");
  CHECK(remedy_with_options(".validate = &some_set", options) == "");
  CHECK(remedy_with_options("Losses(first, second, ...) in the order of graph.output(...)", options) == "");
  CHECK(remedy_with_options("std::move it", options) == "");
  CHECK(remedy_with_options("linear, mlp, lenet5, or conv_bn (the usual one)", options) ==
        "linear, mlp, lenet5, or conv_bn (the usual one)");
  CHECK(remedy_with_options("", options) == "");
}

const std::vector<std::string> of_train = {"--batch",   "--data-dir", "--epochs", "--fit",     "--label", "--layers",
                                           "--missing", "--resume",   "--size",   "--threads", "--rate",  "--augment"};

TEST_CASE("programs: a remedy is said in the words of the command line, and is never a fragment") {
  using apps::remedy_with_options;
  CHECK(remedy_with_options("Fit::resize, or Fit::crop, which keeps proportions, or pictures of one size", of_train) ==
        "--size 64, or --fit resize, or pictures of one size");
  CHECK(remedy_with_options("Fit::resize, or Fit::crop, which keeps proportions, or pictures of one size", options) ==
        "pictures of one size");
  CHECK(remedy_with_options("Fit::resize or Fit::crop, or a picture of that size", options) == "a picture of that size");
  const std::string copy = "a copy as .png or .jpg, which ImageMagick's convert makes";
  CHECK(remedy_with_options(copy, of_train) == copy);
  CHECK(remedy_with_options("1e-5, or BatchNorm(for_input)", of_train) == "1e-5, or batch_norm for_input");
  CHECK(remedy_with_options("Dense(10) as the last layer", of_train) == "dense 10 as the last layer");
  CHECK(remedy_with_options("Conv2d(16)", options) == "");
  CHECK(remedy_with_options("uniform(0.05), which reads neither", of_train) == "init=uniform(0.05), which reads neither");
  CHECK(remedy_with_options("PlanOptions .batch = 8", of_train) == "--batch 8");
  CHECK(remedy_with_options("f(), which does it, or less", of_train) == "less");
  CHECK(remedy_with_options("another folder, or a copy with load_weights", of_train) == "another folder");
  CHECK(remedy_with_options(".missing = mean, or .missing = leave_out", of_train) == "--missing mean, or --missing leave-out");
  CHECK(remedy_with_options(".missing = leave_out, or f()", options) == "");  // nor has the program such an option
}

TEST_CASE("programs: a name in a remedy is no code, whatever is in it") {
  using apps::remedy_with_options;
  const std::vector<std::string> leaving = {"--leave-out"};
  const std::string rest = ", numbers without a unit, or a larger .one_hot_limit";
  CHECK(remedy_with_options("leaving the column out (.leave_out = 'Listed on')" + rest, leaving) ==
        "leaving the column out (--leave-out 'Listed on') or numbers without a unit");
  CHECK(remedy_with_options("leaving the column out (.leave_out = 'Price(EUR)')" + rest, leaving) ==
        "leaving the column out (--leave-out 'Price(EUR)') or numbers without a unit");
  CHECK(remedy_with_options("leaving the column out (.leave_out = 'a) b')" + rest, leaving) ==
        "leaving the column out (--leave-out 'a) b') or numbers without a unit");
  CHECK(remedy_with_options("ImageMagick's convert, or f('a')", leaving) == "ImageMagick's convert");
}

// The last argument of each Error(...) in a source: a remedy, as far as it is text.
std::vector<std::string> remedies_in(const std::string& source) {
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = source.find("Error(", at)) != source.npos;) {
    std::vector<std::string> arguments(1);
    bool text = false;
    int depth = 1;
    for (at += 6; at < source.size() && depth > 0; ++at) {
      const char c = source[at];
      if (c == '"' && source[at - 1] != '\\') text = !text;
      if (!text) depth += (c == '(' || c == '{') - (c == ')' || c == '}');
      if (depth > 0 && depth == 1 && c == ',' && !text)
        arguments.emplace_back();
      else if (depth > 0)
        arguments.back() += c;
    }
    if (arguments.size() < 2) continue;
    static const std::regex quoted(R"re("((?:[^"\\]|\\.)*)")re");
    const std::string& last = arguments.back();
    for (std::sregex_iterator one(last.begin(), last.end(), quoted), end; one != end; ++one) found.push_back((*one)[1]);
  }
  return found;
}

// Files whose remedies are for who writes C++: no program's user comes there.
const std::set<std::string> code_only = {"framework/base/layer.cpp",
                                         "framework/data/augment.cpp",
                                         "framework/data/augment/elastic.cpp",
                                         "framework/data/augment/flip.cpp",
                                         "framework/data/augment/mixup.cpp",
                                         "framework/data/augment/noise.cpp",
                                         "framework/data/augment/rotate.cpp",
                                         "framework/data/augment/scale.cpp",
                                         "framework/data/balanced.cpp",
                                         "framework/data/concatenated.cpp",
                                         "framework/data/digits/digits.cpp",
                                         "framework/data/emnist.cpp",
                                         "framework/data/mapped_dataset.cpp",
                                         "framework/data/parts/resample.cpp",
                                         "framework/data/subset.cpp",
                                         "framework/files/load_options.cpp",
                                         "framework/graph/graph.cpp",
                                         "framework/graph/insert.cpp",
                                         "framework/graph/weights.cpp",
                                         "framework/planning/binding.cpp",
                                         "framework/planning/plan.cpp",
                                         "framework/planning/rewrite.cpp",
                                         "framework/training/fit.cpp",
                                         "framework/training/function_loss.cpp",
                                         "framework/training/gaussian_likelihood.cpp",
                                         "framework/training/huber_loss.cpp",
                                         "framework/training/loss.cpp",
                                         "framework/training/losses.cpp",
                                         "framework/training/metrics.cpp",
                                         "framework/training/online_learner_state.cpp",
                                         "framework/training/prequential.cpp",
                                         "framework/training/trainer.cpp",
                                         "layers/joining/difference.cpp",
                                         "layers/joining/join.cpp",
                                         "optimizers/fused_first_order.cpp",
                                         "optimizers/schedule.cpp",
                                         "optimizers/sgd.cpp"};

TEST_CASE("programs: no remedy of the library becomes an empty, a cut or a C++ text") {
  namespace fs = std::filesystem;
  int seen = 0;
  for (const char* room : {"framework", "layers", "optimizers", "models"})
    for (const fs::directory_entry& file : fs::recursive_directory_iterator(fs::path(CAMBIUM_SOURCE) / room)) {
      if (file.path().extension() != ".cpp") continue;
      const std::string path = fs::relative(file.path(), CAMBIUM_SOURCE).string();
      for (const std::string& remedy : remedies_in(cambium_tests::read_bytes(file.path().string()))) {
        ++seen;
        const std::string said = apps::remedy_with_options(remedy, of_train);
        CAPTURE(path);
        CAPTURE(remedy);
        CAPTURE(said);
        CHECK((!said.empty() || remedy.empty() || remedy == "a name from tensors()" || code_only.contains(path)));
        CHECK(!std::regex_search(said, std::regex(R"(^(which|who|that|where)\b|::|\w\(\)|(^| )or$)")));
        if (std::ranges::count(remedy, '(') == std::ranges::count(remedy, ')'))
          CHECK(std::ranges::count(said, '(') == std::ranges::count(said, ')'));
      }
    }
  CHECK(seen > 200);
}

}  // namespace
