// What the library says to who writes C++, said to who types a command.
#include <doctest/doctest.h>

#include "apps/common/remedy.h"

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

}  // namespace
