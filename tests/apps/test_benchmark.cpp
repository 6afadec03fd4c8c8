// The benchmark itself: that its workloads are what their names promise, and that it prints what others read.
#include <doctest/doctest.h>

#include "tests/apps/run_app.h"
#include "tests/misuse/misuse.h"

namespace cambium {
namespace {

using cambium_tests::Ending;

const std::string quick = " --warm-s 0 --time-s 0 --min-steps 1";

Ending run(const std::string& arguments, const std::string& before = "") {
  return cambium_tests::run_app("benchmark", arguments, before);
}
Ending benchmark(const std::string& arguments, const std::string& before = "") { return run(arguments + quick, before); }
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
    const Ending ending = benchmark("profile --mode train --batch 2 --workload " + what);
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
  const Ending ending = benchmark("line --workload W3 --batch 3 --threads 2");
  const std::string head = "{\"peer\":\"cambium\",\"variant\":\"base\",\"workload\":\"W3\",\"batch\":3,\"threads\":2,\"mode\":";
  CHECK_MESSAGE(fits(ending.out, head + "\"infer\"" + figures + head + "\"train\"" + figures), ending.out);
  CHECK(ending.code == 0);
  CHECK(fits(benchmark("line --variant group_norm --mode train").out, "{*\"variant\":\"group_norm\",*\"mode\":\"train\"*}\n"));
}

TEST_CASE("benchmark: the line of the startup counts from BENCH_T0") {
  if (!is_built()) return;
  CHECK(fits(benchmark("line --mode startup").out, "{*\"mode\":\"startup\",\"first_step_s\":-1.0000,\"peak_rss_mb\":*}\n"));
  CHECK(fits(benchmark("line --mode startup", "BENCH_T0=0").out, "{*\"mode\":\"startup\",\"first_step_s\":*,\"peak_rss_mb\":*}\n"));
  const Ending table = run("startup --rounds 2 --workload W1 --batch 2");
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
  for (const std::string task : {"line --mode train --variant none", "norms --norm none,batch_renorm"}) {
    const Ending ending = run(task + " --workload W5 --batch 1 --warm-s 9");
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
  for (const char* task : {"kernels", "line", "norms", "startup", "profile", "speed", ""}) {
    const Ending ending = run(task, "CAMBIUM_ISA=foo");
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
  const std::string command =
      fmt::format("'{}/it'\\''s $HOME/benchmark' startup --rounds 1 --batch 2 >'{}' 2>&1", folder.path(), folder.file("out"));
  CHECK(std::system(command.c_str()) == 0);
  const std::string out = cambium_tests::read_bytes(folder.file("out"));
  CHECK_MESSAGE(has(out, "\nW1            2       1 "), out);
}

TEST_CASE("benchmark: a profile has every pass, and goes into a trace") {
  if (!is_built()) return;
  const cambium_tests::TempFolder folder;
  const std::string path = folder.file("trace.json");
  const Ending ending = benchmark("profile --workload W3 --batch 2 --threads 2 --trace '" + path + "'");
  CHECK_MESSAGE(fits(ending.out, "*W3 infer*\nconv2d_1*\nstep*W3 train*\nconv2d_1*\nconv2d_2*\ndense_1*\nall*\nstep*"), ending.out);
  for (const char* phase : {"forward", "backward_input", "backward_params", "update"}) CHECK(has(ending.out, phase));
  const std::string trace = cambium_tests::read_bytes(path);
  CHECK(fits(trace, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[{*},{*}]}\n"));
  CHECK(has(trace, "\"cat\":\"backward_params\""));
  const Ending order = benchmark("profile --workload W4 --mode train --batch 2");  // of the passes, and not of packing
  CHECK_MESSAGE(fits(order.out, "*\nconv2d_1 *\nbatch_norm_1 *\nconv2d_2 *\nbatch_norm_2 *\nmax_pool2d_1 *\nconv2d_3 *"),
                order.out);
}

TEST_CASE("benchmark: the table of kernels has a row for each shape") {
  if (!is_built()) return;
  const Ending ending = run("kernels --time-s 0");
  CHECK_MESSAGE(
      fits(ending.out,
           "*\none thread; peak of multiply-adds: * GFLOP/s\n\nmatrix products *forward *backward_input *backward_params\n*"
           "\nW1.1  784 -> 256            1 * %*\nW1.3  128 -> 10           256 * %*"
           "\nconvolutions *\nW3.1  1->8 28x28 5x5        1 * %*\nW5    64->64 8x8            8 * %*"
           "\nwhat moves memory *GB/s\nmax pool 2x2 *\nnorm: back_moments *\nsgd with momentum *\nadd *\n"),
      ending.out);
  CHECK(!has(ending.out, "nan"));
  CHECK(ending.code == 0);
}

TEST_CASE("benchmark: Ctrl-C shows what there is, and no line that is not whole") {
  if (!is_built()) return;
  const std::string interrupted = "timeout --foreground --preserve-status -s INT 0.5";
  const Ending ending = benchmark("--workload W1 --batch 2 --rounds 1000", interrupted);
  CHECK_MESSAGE(fits(ending.out, "*\nW1 * infer *\nW1 * train *"), ending.out);
  CHECK(ending.code == 130);
  const Ending line = run("line --time-s 60 --max-s 60", interrupted);
  CHECK(line.out == "");
  CHECK(line.code == 130);
}

TEST_CASE("benchmark: each command has a help of its own, and no option of another one") {
  if (!is_built()) return;
  const Ending all = run("--help");
  for (const std::string command : {"speed", "norms", "profile", "kernels", "startup", "line"}) {
    CHECK(fits(all.out, "*\nSubcommands:\n*  " + command + " *\nWorkloads:\n*"));
    const Ending help = run(command + " --help");
    CHECK(help.code == 0);
    CHECK_MESSAGE(fits(help.out, "*Usage: benchmark " + command + " *--help*"), help.out);
    CHECK(has(help.out, "--against") == (command == "norms"));
    CHECK(has(help.out, "--trace") == (command == "profile"));
    CHECK(has(help.out, "--peak") == (command == "speed"));
    CHECK(has(help.out, "--variant") == (command == "line"));
    CHECK(has(help.out, "--warm-s") == (command != "kernels" && command != "startup"));
  }
}

TEST_CASE("benchmark: what scripts call by options is the command") {
  if (!is_built()) return;
  struct Old {
    std::string arguments, out;
  };
  for (const Old& old : {Old{"--workload W1 --batch 2 --rounds 1", "Cambium *\nW1 * infer *\nW1 * train *\nMB: *"},
                         {"--bench-line --workload W1 --batch 1 --threads 1 --mode both --variant base --max-s 1",
                          "{*\"mode\":\"infer\"*}\n{*\"mode\":\"train\"*}\n"},
                         {"--workload W1 --batch 1 --mode startup --bench-line", "{*\"mode\":\"startup\"*}\n"},
                         {"--batch 2 --norm layer_norm --rounds 1", "Cambium *\nW7: *; batch 2, *\nlayer_norm *"},
                         {"--workload W1 --norm=layer_norm --against batch_norm --batch 2 --rounds 1",
                          "Cambium *\nW1: *step / batch_norm\nbatch_norm *\nlayer_norm *"},
                         {"--workload W1 --mode train --profile", "Cambium *\nW1 train, batch 64, 1 thread\n*\nstep *"}}) {
    const Ending ending = benchmark(old.arguments);
    CHECK_MESSAGE(fits(ending.out, old.out), old.arguments << ": " << ending.out << ending.err);
    CHECK(ending.code == 0);
  }
  for (const std::string startup : {"--mode startup", "--mode=startup"}) {
    const Ending ending = run("--workload W1 --rounds 1 " + startup);
    CHECK_MESSAGE(fits(ending.out, "Cambium *\nW1           64 *"), ending.out << ending.err);
  }
  CHECK(fits(run("--time-s 0 --kernels", "timeout -s INT 1").out, "Cambium *\nmatrix products *"));
}

}  // namespace
}  // namespace cambium
