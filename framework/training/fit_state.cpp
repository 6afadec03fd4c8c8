#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include "cambium/framework/base/text.h"
#include "cambium/framework/training/parts/fit_impl.h"
#include "cambium/framework/training/run_notes.h"

namespace cambium {
namespace {

std::string text_of_graph(const Graph& graph) {
  std::string text;
  for (const Graph::Entry& entry : graph.entries()) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", entry.name,
                        entry.layer ? entry.layer->describe().str() : entry.shape.str());
    for (std::size_t i = 0; i < entry.inputs.size(); ++i)
      text += fmt::format("{}{}", i == 0 ? " of " : ", ", graph.entries()[as_size(entry.inputs[i])].name);
  }
  return text;
}

std::string text_of_losses(const Losses& losses) {
  std::string text;
  for (std::size_t i = 0; i < losses.size(); ++i)
    text += fmt::format("{}{} x {}", i == 0 ? "" : "; ", losses[i].describe().str(), losses.weight(i));
  return text;
}

// Of a few rows, the first and the last among them.
std::string sum_of_rows(const Dataset& data) {
  constexpr std::int64_t rows = 16;
  Stream stream(data, {.batch = 1, .shuffle = false, .prefetch = false});
  uLong sum = crc32_z(0, nullptr, 0);
  const auto add = [&](const auto* values, std::size_t count) {
    sum = crc32_z(sum, reinterpret_cast<const Bytef*>(values), count * sizeof *values);
  };
  for (std::int64_t i = 0; i < rows && i < data.size(); ++i) {
    stream.start_epoch(0, data.size() <= rows ? i : (data.size() - 1) / (rows - 1) * i);
    const Batch& batch = *stream.next();
    for (const ConstView& x : batch.inputs) add(x.data, as_size(x.shape.size()));
    for (const Target& target : batch.targets) {
      add(target.labels.data(), target.labels.size());
      if (!target.has_labels()) add(target.values.data, as_size(target.values.shape.size()));
    }
  }
  return fmt::format("crc32:{:08x}", sum);
}

constexpr const char* rows_key = "training.rows";  // of which a difference is only a warning

}  // namespace

// The rate may have been set by an earlier call, which is passed over when the training goes on.
std::string Trainer::Fit::text_of_optimizer() const {
  Description description = impl_.optimizer->describe();
  if (impl_.calls > 1) std::erase_if(description.fields, [](const Field& field) { return field.name == "rate"; });
  return description.str();
}

std::vector<WeightsNote> Trainer::Fit::identity() const {
  const TrainerOptions& t = impl_.options;
  return {{"training.model", text_of_graph(impl_.graph)},
          {"training.losses", text_of_losses(impl_.losses)},
          {"training.optimizer", text_of_optimizer()},
          {"training.seed", std::to_string(t.seed)},
          {"training.batch", fmt::format("{} x {}{}", t.batch, t.accumulate, t.drop_last ? ", a short last one dropped" : "")},
          {"training.augment", options_.augment.str()},
          {"training.sampling", options_.sampling.str()},
          {"training.data", data_.describe()},
          {"training.validation", options_.validate ? options_.validate->describe() : "none"},
          {rows_key, sum_of_rows(data_)}};
}

// The moments and the best weights by the names of the parameters.
void Trainer::Fit::state_dict(StateDict& dict) {
  const Weights& weights = impl_.weights;
  const auto blocks = [&](const std::string& part, std::span<real> block) {
    for (std::size_t i = 0; i < weights.tensors().size(); ++i)
      dict.values(part + weights.tensors()[i].name, block.subspan(weights.ranges()[i].offset, weights.ranges()[i].size));
  };
  constexpr int most = std::numeric_limits<int>::max() - 1;  // one more is counted
  dict.value("call", impl_.calls, 1, most), dict.value("epochs", impl_.epochs, 0, most), dict.value("steps", impl_.steps, 0L);
  dict.value("passes", impl_.passes), dict.value("schedule_from", impl_.schedule_from, 0L);
  dict.value("steps_before", steps_before_, 0L);
  dict.value("epoch", at_.epoch, 0, most), dict.value("step", at_.step, 0L, at_.steps), dict.value("within", within_);
  dict.value("bad_in_a_row", in_a_row_, 0, most_in_a_row);
  dict.value("steps_not_finite", history_.steps_not_finite, 0L);
  dict.value("stopped_early", history_.stopped_early), dict.value("best_epoch", history_.best_epoch, 0, most);
  dict.value("best_loss", best_loss_), dict.value("told_validation", told_validation_);
  PartOfState tally(dict, "epoch_so_far"), watch(dict, "watch"), optimizer(dict, "optimizer");
  tally_.state_dict(tally);
  impl_.watch->state_dict(watch);
  impl_.optimizer->state_dict(optimizer);
  for (const Optimizer::Block& block : impl_.optimizer->blocks()) blocks("optimizer/" + block.name + '/', block.values);
  settings_dict(dict);
  if (!options_.validate) return;
  blocks("best/", best_.values);
  for (const Weights::StateTensor& tensor : weights.state_tensors())
    dict.values("best/" + tensor.name, std::span(best_.state).subspan(tensor.offset, tensor.size));
  dict.value("best_version", best_.version);
}

// Of the layers, which a callback may have changed.
void Trainer::Fit::settings_dict(StateDict& dict) {
  for (const Graph::Entry& entry : impl_.graph.entries()) {
    if (!entry.layer) continue;
    ParamSettings settings = impl_.weights.settings(entry.name);
    PartOfState layer(dict, "settings/" + entry.name);
    settings.fields([&](const char* field, auto& value) { layer.value(field, value, std::decay_t<decltype(value)>{}); });
    if (dict.way() == StateDict::Way::read) impl_.weights.set(entry.name, settings);
  }
}

void Trainer::Fit::take_up() {
  keeper_.emplace(options_.checkpoints);
  identity_ = identity();
  const auto told = [this](const Error& warning) { warn(warning); };
  const std::optional<CheckpointFile> file = options_.checkpoints.resume ? keeper_->folder().newest(told) : std::nullopt;
  if (!file) return keep(false, true);
  const long call = file->whole("call");
  if (call < impl_.calls) return keep(false, true);  // it has ended, and this is the next one
  if (passed_ = call > impl_.calls; passed_) {
    history_.passed_over = true;
    return warn(
        Error(fmt::format("call {} of fit is passed over: by {} the training is in call {}", impl_.calls, file->path(), call),
              "the program as it was, when it has not called fit so often"));
  }
  for (const WeightsNote& is : identity_) {
    const std::string* was = file->note(is.key);
    if (was && *was == is.text) continue;
    const std::string what = fmt::format("{}: the training was begun with other {}: {}, and now it is {}", file->path(),
                                         is.key.substr(is.key.find('.') + 1), was ? shown(*was) : "none", shown(is.text));
    if (is.key != rows_key) throw Error(what, "the program as it was, or another folder");
    warn(Error(what + "; it goes on, but not as if it had never been cut", "the data as they were"));
  }
  take_state(*file);
  const double part = within_ ? static_cast<double>(at_.step) / static_cast<double>(at_.steps) : 1;
  history_.resumed_after = at_.epoch > 0 ? at_.epoch - 1 + part : 0;
  const long left = at_.steps * (options_.epochs - at_.epoch) + (within_ ? at_.steps - at_.step : 0);
  schedule_fault_ = left > 0 ? impl_.schedule_fault(impl_.optimizer->steps() + left) : std::nullopt;
  keeper_->went_on_from(file->path());
  // Who wrote it may not have come to these.
  if (!within_ && at_.epoch > 0 && history_.best_epoch == at_.epoch) keeper_->folder().mark_best(file->path());
  keeper_->folder().leave(options_.checkpoints.keep, file->path());
}

void Trainer::Fit::take_state(const CheckpointFile& file) {
  file.load(impl_.weights, [this](StateDict& dict) { state_dict(dict); });
  plan_->set_pass_number(impl_.passes);
  at_.total_steps = impl_.steps, at_.rate = impl_.optimizer->rate(), at_.mean_loss = tally_.samples() > 0 ? tally_.loss() : 0;
  at_.mean_accuracy = tally_.accuracy();
  if (within_)
    stream_->start_epoch(impl_.epochs - 1,
                         std::min<std::int64_t>(at_.step * impl_.options.accumulate, stream_->batches_per_epoch()));
  if (options_.checkpoints.notes) options_.checkpoints.notes->read(file.path(), file.notes());
}

void Trainer::Fit::keep(bool best, bool must) {
  halved_ = 0;
  if (options_.on_nan == OnNan::rollback) in_a_row_ = 0;
  settle();
  try {
    const StateFields fields = [this](StateDict& dict) { state_dict(dict); };
    keeper_->keep({impl_.steps, best, impl_.weights, fields, identity_});
    begun_ = true;
    if (!must) return;
    if (const std::optional<Error> failed = keeper_->settle()) throw *failed;
  } catch (const Error& error) {
    if (must) throw Error("checkpoints: " + error.problem(), error.remedy());
    missing(error);
  }
}

// What came of the last one.
void Trainer::Fit::settle() {
  if (!keeper_ || !std::exchange(begun_, false)) return;
  if (const std::optional<Error> failed = keeper_->settle()) return missing(*failed);
  history_.checkpoint_missing = told_missing_ = false;
}

void Trainer::Fit::missing(const Error& error) {
  history_.checkpoint_missing = true;
  if (!std::exchange(told_missing_, true) || at_.stop)
    warn(Error("a checkpoint is missing: " + error.problem() + "; the training goes on, and those before it are whole",
               error.remedy()));
}

}  // namespace cambium
