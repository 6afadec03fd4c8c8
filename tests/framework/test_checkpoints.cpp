// The folder of a training: what is in it, what is done about files that are not whole, and trainings that are not the same.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "cambium/cambium.h"
#include "cambium/framework/files/checkpoint_file.h"
#include "cambium/framework/files/checksum.h"
#include "cambium/framework/files/safetensors.h"
#include "cambium/framework/training/run_notes.h"
#include "tests/data/temp_folder.h"
#include "tests/framework/kept_training.h"
#include "tests/support/error_text.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;
using cambium_tests::TempFolder;

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE("checkpoints: the newest stay and the best, each a file of weights too") {
  const TempFolder folder;
  const MemoryDataset set = lines(20), held_back = lines(10, 2);
  Trainer trainer = trainer_of();
  FitOptions fit = kept(folder.path(), 4);
  fit.validate = &held_back;
  std::vector<real> best;
  fit.on_epoch = [&](EpochReport& report) {
    if (report.best) best.assign(trainer.weights().block().begin(), trainer.weights().block().end());
  };
  trainer.fit(set, fit);
  CHECK(names_in(folder.path()) ==
        std::vector<std::string>{"best.safetensors", "lock", "step-000000015.safetensors", "step-000000020.safetensors"});
  CHECK(checkpoints_in(folder.path()) == std::vector<std::string>{"step-000000020.safetensors", "step-000000015.safetensors"});
  Weights weights(trainer.graph());
  load_weights(weights, folder.file("step-000000020.safetensors"));
  CHECK(std::ranges::equal(weights.block(), trainer.weights().block()));
  CHECK(std::ranges::equal(weights.state_block(), trainer.weights().state_block()));
  CHECK(weights.version() == trainer.weights().version());
  load_weights(weights, folder.file("best.safetensors"));
  CHECK(std::ranges::equal(weights.block(), best));
}

TEST_CASE("checkpoints: by epochs, steps and time") {
  const MemoryDataset set = lines(20);
  const auto written = [&](Checkpoints how) {
    const TempFolder folder;
    how.folder = folder.path();
    if (how.keep == 2) how.keep = 100;
    Trainer trainer = trainer_of();
    trainer.fit(set, {.epochs = 3, .checkpoints = how});
    std::vector<int> steps;
    for (const std::string& name : checkpoints_in(folder.path())) steps.insert(steps.begin(), std::stoi(name.substr(5)));
    return steps;
  };
  CHECK(written({}) == std::vector<int>{0, 5, 10, 15});
  CHECK(written({.every_epochs = 2}) == std::vector<int>{0, 10, 15});
  CHECK(written({.every_epochs = 0}) == std::vector<int>{0, 15});
  CHECK(written({.every_epochs = 0, .every_steps = 4}) == std::vector<int>{0, 4, 8, 12, 15});
  CHECK(written({.every_epochs = 0, .every_steps = 5}) == std::vector<int>{0, 5, 10, 15});  // ends of epochs
  CHECK(written({.every_epochs = 0, .every_seconds = 1e-9}).size() > 10);
  for (const Checkpoints& wrong : {Checkpoints{.every_epochs = -1}, {.every_steps = -1}, {.every_seconds = -1}, {.keep = 0}})
    CHECK(error_of([&] { written(wrong); }) != "");
}

TEST_CASE("checkpoints: calls of fit that had ended are passed over") {
  const TempFolder folder;
  const MemoryDataset set = lines(20);
  long steps = 0;  // of the last call
  const auto train = [&](const std::string& where, long cut) {
    Trainer trainer = trainer_of();
    FitOptions fit = where.empty() ? FitOptions{.epochs = 2} : kept(where);
    fit.checkpoints.every_steps = 1;
    fit.on_step = [&](StepReport& report) {
      if (report.total_steps == cut) throw cut;
    };
    try {
      for (int call = 0; call < 3; ++call) {
        fit.restart_schedule = call > 0;
        steps = trainer.fit(set, fit).steps;
        trainer.optimizer().set_rate(0.01 / (call + 1));
      }
    } catch (long) {
    }
    return std::vector<real>(trainer.weights().block().begin(), trainer.weights().block().end());
  };
  for (const long cut : {1, 9, 10, 11, 15, 20, 21, 29}) train(folder.path(), cut);
  const std::vector<real> whole = train("", -1);
  CHECK(train(folder.path(), -1) == whole);
  CHECK(steps == 10);
}

TEST_CASE("checkpoints: another training is told by what differs") {
  const TempFolder folder;
  const MemoryDataset set = lines(20), held_back = lines(8, 2);
  trainer_of().fit(set, kept(folder.path()));
  const auto told = [&](TrainerOptions options, AdamOptions adam, auto change, const MemoryDataset& data) {
    options.threads = 1;
    Trainer trainer = trainer_of(options, adam);
    FitOptions fit = kept(folder.path(), 3);
    change(fit);
    const std::vector<real> before(trainer.weights().block().begin(), trainer.weights().block().end());
    const std::string error = error_of([&] { trainer.fit(data, fit); });
    CHECK(std::ranges::equal(before, trainer.weights().block()));
    return error;
  };
  const auto nothing = [](FitOptions&) {};
  CHECK(has(told({.batch = 4, .seed = 9}, {}, nothing, set), "begun with other seed: 1, and now it is 9"));
  CHECK(has(told({.batch = 5}, {}, nothing, set), "other batch: 4 x 1, and now it is 5 x 1"));
  CHECK(has(told({.batch = 4, .accumulate = 2}, {}, nothing, set), "other batch"));
  CHECK(has(told({.batch = 4}, {.rate = 0.1}, nothing, set), "other optimizer"));
  CHECK(has(told(
                {.batch = 4}, {}, [](FitOptions& fit) { fit.augment = {Noise()}; }, set),
            "other augment"));
  CHECK(has(told(
                {.batch = 4}, {}, [&](FitOptions& fit) { fit.validate = &held_back; }, set),
            "other validation: none"));
  CHECK(has(told({.batch = 4}, {}, nothing, lines(24)), "other data: 20 samples"));
  Trainer other(Sequential(Shape(3), OnlineNorm(), Dense(4), Tanh(), Dense(2)), SoftmaxCrossEntropy(), Adam(),
                {.batch = 4, .threads = 1});
  CHECK(has(error_of([&] { other.fit(set, kept(folder.path(), 3)); }), "other model"));
  CHECK(checkpoints_in(folder.path()).size() == 2);  // and nothing was lost

  Trainer same = trainer_of();  // on other rows it goes on, and says so
  FitOptions fit = kept(folder.path(), 3);
  std::string warning;
  fit.on_warning = [&](const Error& error) { warning += error.what(); };
  CHECK(same.fit(lines(20, 7), fit).resumed_after >= 0);
  CHECK(has(warning, "other rows"));
}

TEST_CASE("checkpoints: not one field of the training can be left out, be of another size, or be added") {
  const TempFolder folder;
  const MemoryDataset set = lines(20), held_back = lines(8, 2);
  const auto options = [&] {
    FitOptions fit = kept(folder.path(), 3);
    fit.validate = &held_back;
    return fit;
  };
  trainer_of().fit(set, options());
  const std::string path = folder.file("step-000000015.safetensors");
  const SafetensorsFile file = SafetensorsFile::read(path);
  // The file again with one tensor changed by `change`, or left out where that says so.
  const auto resumed = [&](auto change) {
    std::vector<NamedTensor> tensors;
    for (const SafetensorsFile::Tensor& t : file.tensors()) {
      NamedTensor tensor{t.name, t.dtype, t.sizes, t.bytes.data()};
      if (change(tensor)) tensors.push_back(tensor);
    }
    Metadata metadata = file.metadata();
    metadata["checksum"] = checksum_of(tensors, metadata, "checksum");
    write_safetensors(path, tensors, metadata);
    Trainer trainer = trainer_of();
    const std::string error = error_of([&] { trainer.fit(set, options()); });
    CHECK(checkpoints_in(folder.path()).size() == 2);  // it is whole, and not put aside
    return error;
  };
  CHECK(resumed([](NamedTensor&) { return true; }) == "");
  int fields = 0;
  for (const SafetensorsFile::Tensor& field : file.tensors()) {
    CAPTURE(field.name);
    CHECK(has(resumed([&](NamedTensor& t) { return t.name != field.name; }), field.name));
    if (!field.name.starts_with("training/")) continue;
    ++fields;
    const std::vector<double> more(field.count() + 1);
    CHECK(has(resumed([&](NamedTensor& t) {
                if (t.name == field.name) t.sizes = {static_cast<std::int64_t>(more.size())}, t.data = more.data();
                return true;
              }),
              field.name));
  }
  CHECK(fields > 40);
  CHECK(has(resumed([](NamedTensor& t) {
              if (t.name == "training/steps") t.name = "training/stepz";
              return true;
            }),
            "training/steps"));
}

TEST_CASE("checkpoints: one that is damaged is put aside, and the one before it is taken") {
  const TempFolder folder;
  const MemoryDataset set = lines(20);
  const auto whole = [&] {
    Trainer trainer = trainer_of();
    trainer.fit(set, {.epochs = 3});
    return std::vector<real>(trainer.weights().block().begin(), trainer.weights().block().end());
  }();
  trainer_of().fit(set, kept(folder.path(), 3));
  const std::string newest = folder.file("step-000000015.safetensors"), bytes = cambium_tests::read_bytes(newest);
  const std::string older = cambium_tests::read_bytes(folder.file("step-000000010.safetensors"));
  const auto check_damaged = [&](const std::string& damaged) {
    cambium_tests::write_bytes(newest, damaged);
    cambium_tests::write_bytes(folder.file("step-000000010.safetensors"), older);
    fs::remove(newest + ".damaged");
    Trainer trainer = trainer_of();
    FitOptions fit = kept(folder.path(), 3);
    std::string warning;
    fit.on_warning = [&](const Error& error) { warning += error.what(); };
    CHECK(trainer.fit(set, fit).resumed_after >= 0);
    CHECK(has(warning, newest));
    CHECK(cambium_tests::read_bytes(newest + ".damaged") == damaged);
    CHECK(std::ranges::equal(trainer.weights().block(), whole));
  };
  for (const std::size_t length : {std::size_t{0}, std::size_t{7}, std::size_t{100}, bytes.size() / 2, bytes.size() - 1})
    check_damaged(bytes.substr(0, length));
  check_damaged(bytes + '\0');
  const auto check_bit = [&](std::uint64_t bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    CAPTURE(bit);
    check_damaged(damaged);
  };
  for (const std::uint64_t bit : {0u, 12u, 30u, 63u}) check_bit(bit);  // of the header's length
  const Random random(5);
  for (std::uint64_t i = 0; i < 60; ++i) check_bit(random.below(i, 8 * (i % 2 == 0 ? bytes.size() : 1500)));  // half: of the header
  for (const std::string& name : checkpoints_in(folder.path())) cambium_tests::write_bytes(folder.file(name), "no checkpoint");
  for (int time = 0; time < 2; ++time)  // and again, when there is none left
    CHECK(has(error_of([&] { trainer_of().fit(set, kept(folder.path(), 3)); }), "none of those in"));
}

TEST_CASE("checkpoints: a folder has one training at a time, and not one of before by mistake") {
  const TempFolder folder;
  const MemoryDataset set = lines(20);
  FitOptions outer = kept(folder.path());
  std::string second;
  outer.on_step = [&](StepReport&) {
    if (second.empty()) second = error_of([&] { trainer_of().fit(set, kept(folder.path())); });
  };
  trainer_of().fit(set, outer);
  CHECK(has(second, "another training writes into " + folder.path()));
  FitOptions anew = kept(folder.path());
  anew.checkpoints.resume = false;
  CHECK(has(error_of([&] { trainer_of().fit(set, anew); }), "has those of an earlier training"));
  for (const std::string& no : {folder.path() + "/lock", folder.path() + "/lock/run"})
    CHECK(has(error_of([&] { trainer_of().fit(set, kept(no)); }), no));
}

TEST_CASE("checkpoints: a first one that cannot be written is an error, and no memory for a later one is a warning") {
  const MemoryDataset set = lines(20);
  const TempFolder folder;
  FitOptions fit = kept(folder.path());
  struct Notes : RunNotes {
    int asked = 0;
    void write(std::vector<WeightsNote>& notes) override {
      if (++asked == 1) notes.push_back({"training.seed", "taken"});
      if (asked == 3) throw std::bad_alloc();
    }
    void read(const std::string&, std::span<const WeightsNote>) override {}
  } notes;
  fit.checkpoints.notes = &notes;
  CHECK(has(error_of([&] { trainer_of().fit(set, fit); }), "the key 'training.seed'"));
  std::vector<std::string> warnings;
  fit.on_warning = [&](const Error& warning) { warnings.push_back(warning.what()); };
  Trainer trainer = trainer_of();
  CHECK_FALSE(trainer.fit(set, fit).checkpoint_missing);
  REQUIRE(warnings.size() == 1);
  CHECK(has(warnings[0], "a checkpoint is missing: no memory"));
}

TEST_CASE("checkpoints: a training that is made longer says that its schedule has ended") {
  const MemoryDataset set = lines(20);
  const TempFolder folder;
  const auto train = [&](int epochs) {
    std::string told;
    Trainer trainer(Sequential(Shape(3), Dense(2)), SoftmaxCrossEntropy(), Sgd({.rate = 0.1, .schedule = schedule::cosine()}),
                    {.batch = 4, .threads = 1});
    FitOptions fit = kept(folder.path(), epochs);
    fit.on_warning = [&](const Error& warning) { told += warning.what(); };
    trainer.fit(set, fit);
    return told;
  };
  CHECK(train(2) == "");
  CHECK(train(2) == "");
  CHECK(has(train(3), "the schedule has ended with an earlier part"));
}

TEST_CASE("checkpoints: a number that cannot be is refused before anything moves, with the right checksum too") {
  const TempFolder folder;
  const MemoryDataset set = lines(20);
  trainer_of().fit(set, kept(folder.path(), 2));
  const std::string path = folder.file("step-000000010.safetensors");
  const SafetensorsFile file = SafetensorsFile::read(path);
  const auto told = [&](const std::string& name, double value) {
    std::vector<NamedTensor> tensors;
    for (const SafetensorsFile::Tensor& t : file.tensors())
      tensors.push_back(
          {t.name, t.dtype, t.sizes, t.name == "training/" + name ? static_cast<const void*>(&value) : t.bytes.data()});
    Metadata metadata = file.metadata();
    metadata["checksum"] = checksum_of(tensors, metadata, "checksum");
    write_safetensors(path, tensors, metadata);
    Trainer trainer = trainer_of();
    const std::vector<real> before(trainer.weights().block().begin(), trainer.weights().block().end());
    const std::string error = error_of([&] { trainer.fit(set, kept(folder.path(), 3)); });
    CHECK(std::ranges::equal(before, trainer.weights().block()));
    return error;
  };
  const double huge = 1e300, nan = NAN;
  for (const auto& [name, value] : std::vector<std::pair<std::string, double>>{{"epochs", -1},
                                                                               {"epochs", huge},
                                                                               {"epochs", 0.5},
                                                                               {"steps", -4},
                                                                               {"step", -4},
                                                                               {"step", 9e15},
                                                                               {"epoch", -3},
                                                                               {"passes", -1},
                                                                               {"within", 2},
                                                                               {"schedule_from", -1},
                                                                               {"optimizer/steps", -7},
                                                                               {"optimizer/planned", nan},
                                                                               {"optimizer/schedule_start", 1e15 + 0.5},
                                                                               {"optimizer/base_rate", -5},
                                                                               {"optimizer/base_rate", nan},
                                                                               {"optimizer/rate", INFINITY},
                                                                               {"optimizer/moved/0", huge},
                                                                               {"settings/dense_1/rate", nan},
                                                                               {"settings/dense_1/limit", -1},
                                                                               {"settings/dense_1/freeze", 0.5},
                                                                               {"epoch_so_far/samples", -1},
                                                                               {"watch/steps", nan}}) {
    const std::string text = told(name, value);
    CHECK_MESSAGE(has(text, "training/" + name + "' is "), name << " " << value << " " << text);
  }
}

}  // namespace cambium
