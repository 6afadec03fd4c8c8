// Every call of operator new fails once: what wanted the memory is said, nothing is lost, and nothing is left behind.
#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/data/digits/digits.h"
#include "cambium/framework/data/idx.h"
#include "cambium/framework/data/npy.h"
#include "cambium/framework/export/cpp_file.h"
#include "cambium/framework/export/onnx.h"
#include "cambium/framework/files/parts/json.h"
#include "cambium/framework/files/safetensors.h"
#include "tests/data/temp_folder.h"
#include "tests/support/count_allocations.h"
#include "tests/support/memory_peak.h"

namespace cambium {
namespace {

using cambium_tests::AllocationFault;
using cambium_tests::MemoryPeak;
using cambium_tests::TempFolder;

struct Sweep {
  long places = 0, errors = 0;           // where one failed; where that was said
  std::vector<std::string> faults = {};  // what should not have been

  std::string str() const {
    std::string text = std::to_string(places) + " places, " + std::to_string(errors) + " errors";
    for (std::size_t i = 0; i < faults.size() && i < 5; ++i) text += "\n  " + faults[i];
    return text;
  }
};

// Runs `work` once, while call `at` fails. What it said, "" where it ended well; nothing where there are not so many calls.
std::optional<std::string> run(const std::function<void()>& work, long at) {
  std::string said;
  std::optional<AllocationFault> none(at);
  bool happened = false;
  const auto end = [&] { happened = none->happened(), none.reset(); };
  try {
    work();
    end();
  } catch (const Error& error) {
    end(), said = error.what();
  } catch (const std::exception& error) {
    end(), said = std::string("unnamed: ") + error.what();
  }
  if (!happened && said.empty()) return std::nullopt;
  return said;
}

// Runs `work` again and again, with the first call failing, the second, and so on, until there are no more. `step`: every how many.
// `keeps`: what the work stands on may take memory and keep it.
Sweep sweep(const std::function<void()>& work, long step = 1, bool keeps = false) {
  Sweep found;
  const auto fault = [&](long at, const std::string& what) { found.faults.push_back("call " + std::to_string(at) + ": " + what); };
  work();  // what is made once for the process
  for (long at = 0;; at += step) {
    const std::int64_t before = MemoryPeak::held();
    {
      const std::optional<std::string> said = run(work, at);
      if (!said || found.faults.size() > 100) return found;
      ++found.places;
      if (!said->empty()) ++found.errors;
      if (said->starts_with("unnamed"))
        fault(at, *said);
      else if (!said->empty() && said->find("memory") == said->npos)
        fault(at, "says of no memory: " + *said);
    }
    if (keeps || !found.faults.empty()) continue;  // which take memory themselves
    if (const std::int64_t left = MemoryPeak::held() - before; left > 0) fault(at, std::to_string(left) + " bytes are left behind");
  }
}

// In the work itself, where a CHECK would swallow what is thrown.
void expect(bool good) {
  if (!good) throw std::logic_error("it ended well, and did something else");
}

void check_sweep(const Sweep& sweep) {
  const std::string text = sweep.str();
  CHECK_MESSAGE(sweep.faults.empty(), text);
  CHECK(sweep.errors > 0);
}

Graph small_net() {
  return Sequential(Shape{1, 28, 28}, MaxPool2d(4), Conv2d(2, {.kernel = 3}), BatchNorm(), Affine(), Relu(), Flatten(), Dense(4),
                    OnlineNorm(), Tanh(), Dense(10));
}

MemoryDataset some_digits(int count) { return digits(Split::train, {.count = count, .threads = 1}); }

Trainer trainer_of(const Graph& graph, int threads = 1) {
  return Trainer(graph, SoftmaxCrossEntropy(), Adam(), {.batch = 4, .threads = threads});
}

// A copy, whose own memory is the caller's.
FitOptions options_of(const FitOptions& fit) {
  try {
    return fit;
  } catch (const std::bad_alloc&) {
    no_memory_for("options");
  }
}

const std::vector<real> picture(784);
const ConstView x{picture.data(), Shape{1, 28, 28}, 1};

TEST_CASE("no memory: a model") {
  check_sweep(sweep([] { expect(small_net().summary().size() > 100); }));
}

Sweep sweep_of_training(long step) {
  const MemoryDataset set = some_digits(12);
  const Graph graph = small_net();
  return sweep(
      [&] {
        Trainer trainer = trainer_of(graph, 2);
        expect(trainer.fit(set, {.epochs = 1, .validate = &set}).steps == 3);
      },
      step);
}

TEST_CASE("no memory: a training of three steps, with two threads, at every fifth place") { check_sweep(sweep_of_training(5)); }
TEST_CASE("slow: no memory: a training of three steps, with two threads, at every place") { check_sweep(sweep_of_training(1)); }

TEST_CASE("no memory: what failed in the middle of a trainer can be asked again") {
  const MemoryDataset set = some_digits(12);
  Trainer trainer = trainer_of(small_net());
  const Trainer& same = trainer;
  check_sweep(sweep(
      [&] {
        trainer.fit(set, {.epochs = 1, .on_warning = [](const Error&) {}});
        expect(trainer.predict(x).size() == 10);
        expect(trainer.predict_labels(set).size() == 12);
        expect(trainer.evaluate(set).samples == 12);
        expect(trainer.predictor().predict_labels(x).size() == 1);
        trainer.restart(1);
      },
      7, true));
  CHECK(same.graph().entries().size() == 11);
  CHECK(trainer.fit(set, {.epochs = 1}).steps == 3);
}

TEST_CASE("no memory: weights are saved whole or not at all, and loaded wholly or not at all") {
  const TempFolder folder;
  const Graph graph = small_net();
  Weights weights(graph, 1), others(graph, 2);
  const std::string path = folder.file("w.safetensors"), kept = folder.file("kept.safetensors");
  save_weights(weights, path);
  save_weights(weights, kept);
  check_sweep(sweep([&] {
    try {
      save_weights(weights, path);
    } catch (...) {
      SafetensorsFile::read(path);  // the old one
      throw;
    }
  }));
  const WeightSnapshot before = others.snapshot();
  check_sweep(sweep([&] {
    try {
      load_weights(others, kept);
    } catch (...) {
      if (others.block()[0] != before.values[0] && others.block()[0] != weights.block()[0])
        throw Error("memory: half of it is loaded");
      throw;
    }
    others.restore(before);
  }));
}

TEST_CASE("no memory: export") {
  const TempFolder folder;
  const Graph graph = small_net();
  const Weights weights(graph, 1);
  const std::string onnx = folder.file("m.onnx"), cpp = folder.file("m.cpp");
  check_sweep(sweep([&] { write_onnx(graph, weights, onnx); }));
  check_sweep(sweep([&] { write_cpp(graph, weights, cpp); }, 5));
}

TEST_CASE("no memory: copies of what is one of several kinds") {
  const Json json = Json::Fields{{"a name that takes memory for itself", Json::List{1.0, "and a text that does so as well"}}};
  const IdxArray idx = {{2}, std::vector<float>{1, 2}};
  const NpyArray npy = {{2}, std::vector<double>{1, 2}};
  const auto copies = [](const auto& from) {
    return [&] {
      try {
        auto copy = from, other = decltype(copy)();
        other = copy;
      } catch (const std::bad_alloc&) {
        no_memory_for("a copy");
      }
    };
  };
  check_sweep(sweep(copies(json)));
  check_sweep(sweep(copies(idx)));
  check_sweep(sweep(copies(npy)));
}

TEST_CASE("slow: no memory: a training that is kept, and goes on") {
  const TempFolder folder;
  const MemoryDataset set = some_digits(12);
  const Graph graph = small_net();
  FitOptions fit{.epochs = 2, .validate = &set, .on_warning = [](const Error&) {}};
  fit.checkpoints = {.folder = folder.file("run"), .resume = true};
  check_sweep(sweep([&] {
    Trainer trainer = trainer_of(graph);
    trainer.fit(set, options_of(fit));
  }));
}

TEST_CASE("no memory: sizes are said in three digits") {
  CHECK(text_of_bytes(0) == "0 bytes");
  CHECK(text_of_bytes(999) == "999 bytes");
  CHECK(text_of_bytes(1000) == "1.00 kB");
  CHECK(text_of_bytes(9'994) == "9.99 kB");
  CHECK(text_of_bytes(9'996) == "10.0 kB");
  CHECK(text_of_bytes(99'960) == "100 kB");
  CHECK(text_of_bytes(999'499) == "999 kB");
  CHECK(text_of_bytes(999'500) == "1.00 MB");
  CHECK(text_of_bytes(5'100'000'000) == "5.10 GB");
}

}  // namespace
}  // namespace cambium
