#include "apps/train/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "apps/train/progress.h"
#include "cambium/framework/base/parallel.h"
#include "cambium/framework/kernels/blas.h"
#include "cambium/framework/kernels/isa.h"

namespace train {

void print_start(int threads) {
  const std::string build = CAMBIUM_BUILD_TYPE;
  const int count = threads > 0 ? threads : cambium::available_processors();
  fmt::print("Cambium {}, {} build, {}, {}, {} thread{}\n", CAMBIUM_VERSION, build, cambium::name(cambium::best_isa()),
             cambium::blas_description(), count, count == 1 ? "" : "s");
  std::fflush(stdout);
  if (build.rfind("Rel", 0) != 0 || build.find("sanitizers") != build.npos)
    fmt::print(stderr,
               "\n  *** This is a {} build and runs many times slower than it could. For speed: cmake --preset release ***\n\n",
               build.empty() ? "nameless" : build);
  if (const std::string reason = cambium::use_one_blas_thread(); !reason.empty())
    fmt::print(stderr, "warning: results may depend on the number of threads: {}\n", reason);
}

void print_task(const Options& options, const cambium::Dataset& training, cambium::Trainer& trainer) {
  const cambium::models::Recipe& r = options.recipe;
  const std::string shifted = fmt::format(", shifted by up to {} pixel{}", options.augment, options.augment == 1 ? "" : "s");
  fmt::print("{}: {}{}\n", options.data, training.describe(), options.augment > 0 ? shifted : "");
  fmt::print("{}: {} parameters, {}, {} schedule, batch {}, seed {}\n", r.name, trainer.weights().parameters(),
             trainer.optimizer().describe().kind + " at " + cambium::text_of(r.rate), r.schedule, r.batch, options.seed);
  std::fflush(stdout);
}

void print_result(const cambium::Metrics& test, double epochs, double seconds) {
  fmt::print("test accuracy {} (loss {:.4f}) after {:.3g} epoch{}, {:.1f} s\n", accuracy(test), test.loss, epochs,
             epochs == 1 ? "" : "s", seconds);
}

// A list of several lines becomes one sentence.
void print_error(std::string text) {
  for (std::size_t at; (at = text.find('\n')) != text.npos;) {
    const std::size_t next = std::min(text.find_first_not_of(" \n", at), text.size());
    const bool open = at > 0 && text[at - 1] == ':', closing = next == text.size() || text[next] == ';';
    text.replace(at, next - at, open ? " " : closing ? "" : ", ");
  }
  fmt::print(stderr, "train: {}\n", text);
}

}  // namespace train
