#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/training/history.h"
#include "cambium/framework/training/metrics.h"

namespace cambium {
namespace {

Metrics some() {
  Metrics m;
  m.samples = 20;
  m.classes = 3;
  m.confusion = {8, 2, 0, 1, 6, 0, 0, 3, 0};
  return m;
}

TEST_CASE("accuracy and its standard error") {
  const Metrics m = some();
  CHECK(m.correct() == 14);
  CHECK(m.accuracy() == doctest::Approx(0.7));
  CHECK(m.standard_error() == doctest::Approx(std::sqrt(15. / 22 * 7 / 22 / 23)));
  Metrics all{.samples = 20, .classes = 2, .confusion = {10, 0, 0, 10}};
  CHECK(all.standard_error() == doctest::Approx(std::sqrt(21. / 22 * 1 / 22 / 23)));  // 20 of 20 right: chance has its say
  all = {.samples = 10000, .classes = 2, .confusion = {4950, 50, 53, 4947}};
  CHECK(all.standard_error() == doctest::Approx(std::sqrt(0.9897 * 0.0103 / 10000)).epsilon(0.01));  // as ever
}

TEST_CASE("without classes or samples there is no accuracy") {
  Metrics m;
  m.samples = 5;
  CHECK(m.correct() == 0);
  CHECK(std::isnan(m.accuracy()));
  CHECK(std::isnan(m.standard_error()));
  CHECK(m.confusion_table() == "");
  CHECK(std::isnan(Metrics{}.accuracy()));
  CHECK(std::isnan(Metrics{}.standard_error()));
}

TEST_CASE("a confusion matrix that is none of so many classes is not read") {
  Metrics m = some();
  m.classes = 4;
  CHECK_THROWS_WITH_AS(
      m.accuracy(), "metrics: a confusion matrix of 9 counts for 4 classes; try the metrics that Trainer::evaluate gives", Error);
  CHECK_THROWS_AS(m.confusion_table(), Error);
  CHECK_THROWS_AS(some().confused(0, 3), Error);
  CHECK_THROWS_AS(some().confused(-1, 0), Error);
  CHECK(some().confused(2, 1) == 3);
  CHECK(some().confused(1, 2) == 0);
}

TEST_CASE("the confusion table: counts, recall at the right, precision below") {
  CHECK(some().confusion_table() ==
        "true         predicted\n"
        "                0     1     2   recall %\n"
        "0               8     2     .       80.0\n"
        "1               1     6     .       85.7\n"
        "2               .     3     .        0.0\n"
        "precision %  88.9  54.5     -\n");
}

TEST_CASE("class names head the columns where there is room, and else stand at the left") {
  const std::string brief = some().confusion_table({"cat", "dog", "owl"});
  CHECK(brief.find("  cat   dog   owl   recall %\n") != std::string::npos);
  CHECK(brief.find("\nowl             .     3") != std::string::npos);
  const std::string long_names = some().confusion_table({"mountain goat", "dog", "owl"});
  CHECK(long_names.find(" mountain goat           dog           owl   recall %\n") != std::string::npos);
  CHECK(long_names.find("\nmountain goat             8             2") != std::string::npos);
  Metrics two = some();
  two.classes = 2, two.confusion = {8, 2, 1, 6}, two.samples = 17;
  for (const std::size_t longest : {29u, 30u}) {  // 29 + 2 * 30 + 11 are 100 columns
    const std::string table = two.confusion_table({std::string(longest, 'a'), "b"});
    CHECK(table.find('\n') != table.npos);
    CHECK((table.find("\n0 aaa") != table.npos) == (longest == 30));
  }
  const std::string wide = some().confusion_table({"goat of the high mountains", "dog", "owl"});
  CHECK(wide.find("    0     1     2   recall %\n") != std::string::npos);
  CHECK(wide.find("\n0 goat of the high mountains     8     2") != std::string::npos);
}

TEST_CASE("all lines of a table end in the same column") {
  Metrics m = some();
  m.confusion = {80000, 2, 0, 1, 6, 0, 0, 3, 0};
  m.samples = 80012;
  const std::string table = m.confusion_table();
  std::vector<std::size_t> widths;
  for (std::size_t at = 0; at < table.size();) {
    const std::size_t end = table.find('\n', at);
    widths.push_back(end - at);
    at = end + 1;
  }
  REQUIRE(widths.size() == 6);
  for (std::size_t i = 2; i < 5; ++i) CHECK(widths[i] == widths[1]);
}

TEST_CASE("a history as a table: one line per epoch, the best one marked") {
  History history;
  EpochReport first;
  first.epoch = 1, first.loss = 0.5, first.accuracy = 0.875, first.rate = 1e-3, first.seconds = 1.25,
  first.samples_per_second = 4096;
  EpochReport second = first;
  second.epoch = 2, second.loss = 0.25, second.accuracy = std::nan(""), second.validated = true, second.validation = some();
  history.epochs = {first, second};
  history.best_epoch = 2;
  CHECK(history.table() ==
        "epoch      loss  correct  validation  correct       rate  seconds  samples/s\n"
        "    1    0.5000  87.50 %           -        -      0.001      1.2       4096\n"
        "    2    0.2500        -      0.0000  70.00 %      0.001      1.2       4096  best\n");
}

TEST_CASE("precision, recall and F1 of each class, and NaN where there is none") {
  const Metrics m = some();
  CHECK(m.precision(0) == doctest::Approx(8 / 9.0));
  CHECK(m.recall(1) == doctest::Approx(6 / 7.0));
  CHECK(m.f1(0) == doctest::Approx(2 / (1 / m.precision(0) + 1 / m.recall(0))));
  CHECK(std::isnan(m.precision(2)));
  CHECK(m.recall(2) == 0);
  CHECK(m.f1(2) == 0);
  CHECK(m.class_table({"cat", "mountain goat", "owl"}) ==
        "class          samples  precision %  recall %   F1 %\n"
        "cat                 10         88.9      80.0   84.2\n"
        "mountain goat        7         54.5      85.7   66.7\n"
        "owl                  3            -       0.0    0.0\n");
}

}  // namespace
}  // namespace cambium
