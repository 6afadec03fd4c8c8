// Predicts for new rows, pictures or arrays with a model that train has saved.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/common/console.h"
#include "apps/common/model_file.h"
#include "apps/common/run.h"
#include "apps/common/same_file.h"
#include "apps/common/shell.h"
#include "apps/common/signals.h"
#include "apps/predict/answers.h"
#include "apps/predict/options.h"
#include "apps/predict/passed_over.h"
#include "apps/predict/samples.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/training/predictor.h"

namespace {

using namespace cambium;
using predict::Options;

// Standard output, or a file that is written whole or not at all.
class Output {
 public:
  explicit Output(const std::string& path) : path_(path) {
    if (!path.empty()) file_ = std::make_unique<AtomicFile>(path);
  }
  void write(const std::string& text) { file_ ? file_->write(text.data(), text.size()) : apps::write(text); }
  void commit() {
    if (!file_) return;
    std::error_code unknown;
    const bool replaces = std::filesystem::exists(path_, unknown);
    file_->commit();
    if (replaces) apps::complain(shown(path_) + " was there, and is replaced");
  }

 private:
  std::string path_;
  std::unique_ptr<AtomicFile> file_;
};

// Samples of all files go through the model in batches of the same size, so that a picture costs no more than a row.
class Batches {
 public:
  Batches(const apps::ModelDescription& model, const Options& options, const Predictor& predictor, Output& output)
      : answers_(model, predict::heading_of(model), options),
        predictor_(predictor),
        output_(output),
        shape_(model.input),
        names_(static_cast<std::size_t>(options.batch)),
        files_(names_.size()),
        values_(static_cast<std::size_t>(options.batch) * static_cast<std::size_t>(model.input.size())) {}

  void add(predict::Samples& samples, const std::string& file) {
    const int batch = static_cast<int>(names_.size());
    std::vector<predict::Name> some(names_.size());
    while (true) {
      const View free{values_.data() + static_cast<std::size_t>(count_) * static_cast<std::size_t>(shape_.size()), shape_,
                      batch - count_};
      const int more = samples.next(free, some);
      if (more == 0) return;
      std::move(some.begin(), some.begin() + more, names_.begin() + count_);
      std::fill_n(files_.begin() + count_, more, file);
      count_ += more;
      if (count_ == batch) flush();
      if (apps::stopped()) return;
    }
  }

  bool empty() const { return !begun_ && count_ == 0; }

  // The heading, once; not before there is a line, or a file that is refused would leave one behind.
  void begin() {
    if (!std::exchange(begun_, true)) output_.write(answers_.heading());
  }

  void flush() {
    if (count_ == 0) return;
    begin();
    const std::vector<real> y = predictor_.predict(ConstView{values_.data(), shape_, count_});
    const std::size_t each = y.size() / static_cast<std::size_t>(count_);
    std::string text;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count_); ++i)
      text += answers_.line(files_[i], names_[i], {y.data() + i * each, each});
    output_.write(text);
    count_ = 0;
  }

 private:
  predict::Answers answers_;
  const Predictor& predictor_;
  Output& output_;
  Shape shape_;
  std::vector<predict::Name> names_;  // of samples
  std::vector<std::string> files_;    // they come from
  std::vector<real> values_;
  int count_ = 0;
  bool begun_ = false;
};

bool is_model(const std::string& file) {
  try {
    apps::description_of(file);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

// Where the first name is a file and no model, and another name is one, they have changed places.
apps::ModelDescription described(const Options& options) {
  try {
    return apps::description_of(options.model);
  } catch (const Error&) {
    std::error_code unknown;
    const auto model = std::ranges::find_if(options.files, is_model);
    if (model == options.files.end() || !std::filesystem::exists(options.model, unknown)) throw;
    std::vector<std::string> words{*model, options.model};
    std::copy_if(options.files.begin(), options.files.end(), std::back_inserter(words), [&](const auto& w) { return w != *model; });
    throw Error(fmt::format("{} is no model, and {} is one: the model comes first", options.model, *model),
                apps::shell_line(apps::program(), words));
  }
}

int run(const Options& options) {
  if (apps::same_file(options.out, options.model)) throw Error("--out is the model, " + options.model, "another --out");
  const apps::ModelDescription model = described(options);
  const std::vector<std::string> files = predict::files_of(model, options.files);
  for (const std::string& file : files)
    if (apps::same_file(options.out, file)) throw Error("--out is one of the files to predict, " + file, "another --out");
  const Graph graph = apps::graph_of(model, options.model);
  Weights weights(graph);
  load_weights(weights, options.model);
  const Predictor predictor(graph, weights, {.batch = options.batch, .threads = options.threads});

  apps::catch_signals();
  Output output(options.out);
  Batches batches(model, options, predictor, output);
  predict::PassedOver passed(model.reader == "images" ? "files" : "rows");
  for (std::span<const std::string> rest = files, now; !rest.empty(); rest = rest.subspan(now.size())) {
    now = rest.first(predict::files_at_once(model, rest.size()));
    try {
      const auto samples = predict::open_samples(model, options, now, passed);
      batches.add(*samples, now[0]);
    } catch (...) {  // what came before it is said
      batches.flush();
      passed.tell_first(), passed.tell_answered();
      throw;
    }
    if (apps::stopped()) {
      passed.tell_answered();
      return apps::exit_code();
    }
  }
  batches.flush();
  passed.end();
  if (batches.empty()) apps::complain("there is nothing to predict in " + some_of(files));
  batches.begin();
  apps::begin();
  output.commit();
  return 0;
}

int read_and_run(const std::vector<std::string>& words) {
  const std::optional<Options> options = predict::read_options(words);
  return options ? run(*options) : 0;
}

}  // namespace

int main(int argc, char** argv) { return apps::run("predict", argc, argv, read_and_run); }
