// The benchmark itself: that its workloads are what their names promise, and that it prints what others read.
#include <doctest/doctest.h>

#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

using cambium_tests::Ending;

const std::string quick = " --warm-s 0 --time-s 0 --min-steps 1";

Ending benchmark(const std::string& arguments, const std::string& before = "") {
  return cambium_tests::run_app("benchmark", arguments + quick, before);
}
bool is_built() { return cambium_tests::is_built("benchmark", "at work"); }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("benchmark: every workload has the size that it is known by") {
  if (!is_built()) return;
  struct Size {
    const char *workload, *parameters, *forward, *training;  // the latter two in MFLOP
  };
  for (const Size& size :
       {Size{"W1", "235146", "0.470", "1.007"}, Size{"W2", "235914", "0.470", "1.007"}, Size{"W3", "5994", "0.645", "1.705"},
        Size{"W4", "468202", "37.384", "111.699"}, Size{"W5", "269722", "81.102", "242.422"},
        Size{"W6", "235914", "0.470", "1.007"}, Size{"W7", "545810", "1.090", "2.486"}}) {
    const std::string what = size.workload;
    const Ending ending = benchmark("--profile --mode train --batch 2 --workload " + what);
    const std::string line = fmt::format("; {} parameters, {} MFLOP forward and {} MFLOP in training for a sample\n",
                                         size.parameters, size.forward, size.training);
    CHECK_MESSAGE(has(ending.out, line), what << " says " << ending.out << " and not " << line);
    CHECK(ending.code == 0);
  }
}

const std::string figures =
    ",\"steps\":*,\"median_ms\":*,\"min_ms\":*,\"max_ms\":*,\"p99_ms\":*,\"samples_per_s\":*,\"cpu_util\":*,\"first_step_s\":*,"
    "\"peak_rss_mb\":*,\"loss_first\":*,\"loss_last\":*}\n";

TEST_CASE("benchmark: the line has the fields that scripts read, inference first") {
  if (!is_built()) return;
  const Ending ending = benchmark("--bench-line --workload W3 --batch 3 --threads 2");
  const std::string head = "{\"peer\":\"cambium\",\"variant\":\"base\",\"workload\":\"W3\",\"batch\":3,\"threads\":2,\"mode\":";
  CHECK_MESSAGE(fits(ending.out, head + "\"infer\"" + figures + head + "\"train\"" + figures), ending.out);
  CHECK(ending.code == 0);
  CHECK(fits(benchmark("--bench-line --variant group_norm --mode train").out,
             "{*\"variant\":\"group_norm\",*\"mode\":\"train\"*}\n"));
}

TEST_CASE("benchmark: the line of the startup counts from BENCH_T0") {
  if (!is_built()) return;
  CHECK(fits(benchmark("--bench-line --mode startup").out, "{*\"mode\":\"startup\",\"first_step_s\":-1.0000,\"peak_rss_mb\":*}\n"));
  CHECK(fits(benchmark("--bench-line --mode startup", "BENCH_T0=0").out,
             "{*\"mode\":\"startup\",\"first_step_s\":*,\"peak_rss_mb\":*}\n"));
  const Ending table = benchmark("--mode startup --rounds 2 --workload W1 --batch 2");
  CHECK_MESSAGE(has(table.out, "\nW1            2       1 "), table.out << table.err);
}

TEST_CASE("benchmark: what batch norm cannot be trained with is left out of the table, and fails in a line") {
  if (!is_built()) return;
  const Ending table = benchmark("--workload W2,W6 --batch 1 --rounds 1");
  CHECK_MESSAGE(
      fits(table.out, "*W2 is not trained at batch 1: layer 2 batch_norm_1 *\n*\nW2 * infer *\nW6 * infer *\nW6 * train *"),
      table.out);
  CHECK(table.out.find("\nW2", table.out.find("\nW2  ") + 1) == std::string::npos);  // no second row
  CHECK(table.code == 0);
}

TEST_CASE("benchmark: what breaks while it measures is exit code 1, and what is measured is shown") {
  if (!is_built()) return;
  for (const std::string task : {"--bench-line --variant none", "--norm none,batch_renorm"}) {
    const std::string endless = " --mode train --workload W5 --batch 1 --rounds 1 --warm-s 9";
    const Ending ending = cambium_tests::run_app("benchmark", task + endless);
    CHECK(ending.code == 1);
    CHECK_MESSAGE(fits(ending.err, "*benchmark: the loss of W5 with none is no longer finite, *; try *\n"), ending.err);
  }
#if !defined(__SANITIZE_ADDRESS__)  // it takes terabytes of addresses
  const Ending limited = benchmark("--workload W1,W4 --mode train --batch 512 --rounds 1", "ulimit -v 60000;");
  CHECK(limited.code == 1);
  CHECK_MESSAGE(fits(limited.out, "*\nworkload *\nW1 * train *\nMB: *"), limited.out);
  CHECK(!has(limited.out, "\nW4 "));
  CHECK_MESSAGE(fits(limited.err, "*benchmark: *memory*\n"), limited.err);
#endif
}

TEST_CASE("benchmark: an environment that is not understood is refused, whatever is measured") {
  if (!is_built()) return;
  for (const char* task : {"--kernels", "--bench-line", "--norm all", ""}) {
    const Ending ending = benchmark(task, "CAMBIUM_ISA=foo");
    CHECK(ending.code == 2);
    CHECK(ending.out == "");
    CHECK_MESSAGE(fits(ending.err, "benchmark: environment: CAMBIUM_ISA=foo, *\n"), ending.err);
  }
}

TEST_CASE("benchmark: the startup is measured wherever the program lies") {
  if (!is_built()) return;
  const cambium_tests::TempFolder folder;
  const std::string folder_name = folder.file("it's $HOME"), program = folder_name + "/benchmark";
  std::filesystem::create_directory(folder_name);
  std::filesystem::copy_file(cambium_tests::app("benchmark"), program);
  const std::string command = fmt::format("'{}/it'\\''s $HOME/benchmark' --mode startup --rounds 1 --batch 2 >'{}' 2>&1",
                                          folder.path(), folder.file("out"));
  CHECK(std::system(command.c_str()) == 0);
  const std::string out = cambium_tests::read_bytes(folder.file("out"));
  CHECK_MESSAGE(has(out, "\nW1            2       1 "), out);
}

TEST_CASE("benchmark: a profile has every pass, and goes into a trace") {
  if (!is_built()) return;
  const cambium_tests::TempFolder folder;
  const std::string path = folder.file("trace.json");
  const Ending ending = benchmark("--profile --workload W3 --batch 2 --threads 2 --trace '" + path + "'");
  CHECK_MESSAGE(fits(ending.out, "*W3 infer*\nconv2d_1*\nstep*W3 train*\nconv2d_1*\nconv2d_2*\ndense_1*\nall*\nstep*"), ending.out);
  for (const char* phase : {"forward", "backward_input", "backward_params", "update"}) CHECK(has(ending.out, phase));
  const std::string trace = cambium_tests::read_bytes(path);
  CHECK(fits(trace, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[{*},{*}]}\n"));
  CHECK(has(trace, "\"cat\":\"backward_params\""));
}

TEST_CASE("benchmark: the table of kernels has a row for each shape") {
  if (!is_built()) return;
  const Ending ending = benchmark("--kernels");
  CHECK_MESSAGE(fits(ending.out,
                     "*\none thread; peak of multiply-adds: * GFLOP/s\n\nmatrix products *forward *backward *gradient\n*"
                     "\nW1.1  784 -> 256            1 * %*\nW1.3  128 -> 10           256 * %*"
                     "\nconvolutions *\nW3.1  1->8 28x28 5x5        1 * %*\nW5    64->64 8x8            8 * %*"
                     "\nwhat moves memory *GB/s\nmax pool 2x2 *\nnorm: back_moments *\nsgd with momentum *\nadd *\n"),
                ending.out);
  CHECK(!has(ending.out, "nan"));
  CHECK(ending.code == 0);
}

TEST_CASE("benchmark: Ctrl-C shows what there is") {
  if (!is_built()) return;
  const Ending ending = benchmark("--workload W1 --batch 2 --rounds 1000", "timeout --foreground --preserve-status -s INT 0.5");
  CHECK_MESSAGE(fits(ending.out, "*\nW1 * infer *\nW1 * train *"), ending.out);
  CHECK(ending.code == 130);
}

}  // namespace
}  // namespace cambium
