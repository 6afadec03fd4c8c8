// What a call of fit takes, found out before it is taken.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cambium/framework/base/memory_left.h"
#include "cambium/framework/base/no_memory.h"
#include "cambium/framework/training/parts/trainer_impl.h"

namespace cambium {

std::string MemoryNeed::str() const {
  const std::pair<const char*, std::size_t> parts[] = {
      {"weights", weights},   {"moments", moments},       {"step", step},  {"batches", batches}, {"validation", validation},
      {"best weights", best}, {"checkpoint", checkpoint}, {"lists", lists}};
  std::string text;
  for (const auto& [name, bytes] : parts)
    if (bytes > 0) text += fmt::format("{}{} {}", text.empty() ? ": " : ", ", name, text_of_bytes(bytes));
  return text_of_bytes(total()) + text;
}

MemoryNeed Trainer::Impl::memory_needed(const Dataset& train, const FitOptions& fit, int batch) {
  // Of an op in the lists of a plan, and of those once more for each thread.
  constexpr std::size_t each = 2200, each_of_thread = 900;
  const std::size_t ops = graph.entries().size(), threads = as_size(pool->count());
  const std::size_t values = weights.block().size() * sizeof(real), state = weights.state_block().size_bytes();
  const std::vector<Optimizer::Block> moments = optimizer->blocks();
  const bool moving = std::ranges::any_of(moments, [](const Optimizer::Block& block) { return !block.values.empty(); });

  MemoryNeed need{.weights = weights.bytes(), .moments = moments.size() * values};
  need.step =
      2 * state + Plan::bytes_needed(graph, weights,
                                     {.batch = batch, .mode = Mode::train, .pool = pool, .retain_gradients = fit.retain_gradients});
  need.batches = Stream::bytes_needed(
      train,
      {.batch = batch, .seed = options.seed, .drop_last = options.drop_last, .augment = fit.augment, .sampling = fit.sampling});
  need.lists = ops * (each + threads * each_of_thread);
  if (fit.validate) {
    need.validation =
        Plan::bytes_needed(graph, weights, evaluation()) + Stream::bytes_needed(*fit.validate, in_order(*fit.validate));
    need.best = values + state;
    need.lists += need.lists / 2;  // there is no way back in an evaluation
  }
  if ((fit.checkpoints.resume && !fit.checkpoints.folder.empty()) || fit.on_nan == OnNan::rollback)
    need.checkpoint = (values + state) * (fit.validate ? 2 : 1) + need.moments;
  need.taken = need.weights + (moving ? need.moments : 0) + (fit.validate && evaluating ? evaluating->bytes() : 0);
  return need;
}

void Trainer::Impl::check_memory(const Dataset& train, const FitOptions& fit) {
  const MemoryNeed need = memory_needed(train, fit, options.batch);
  const MemoryLeft left = fit.memory_limit > 0 ? MemoryLeft{} : memory_left();
  const auto fits = [&](const MemoryNeed& n) {
    return fit.memory_limit > 0 ? n.total() <= fit.memory_limit : n.total() <= n.taken || n.total() - n.taken <= left.bytes;
  };
  if (fits(need)) return;
  int batch = options.batch / 2;
  while (batch > 1 && !fits(memory_needed(train, fit, batch))) batch /= 2;
  const bool smaller = batch >= 1 && fits(memory_needed(train, fit, batch));
  throw Error(fmt::format("fit: it needs {}; {}", need.str(),
                          fit.memory_limit > 0 ? text_of_bytes(fit.memory_limit) + " are allowed"
                                               : fmt::format("{} leaves {} beside the {} that the trainer has", left.by,
                                                             text_of_bytes(left.bytes), text_of_bytes(need.taken))),
              smaller ? fmt::format(".batch = {}, which needs {}", batch, text_of_bytes(memory_needed(train, fit, batch).total()))
                      : "a smaller model");
}

MemoryNeed Trainer::memory_needed(const Dataset& train, const FitOptions& options) {
  Impl& trainer = impl();
  const InUse::Hold hold = trainer.hold();
  check_fit_options(options);
  trainer.check_data(train, "the training set", options.augment.mixup().has_value());
  if (options.validate) trainer.check_data(*options.validate, "the validation set");
  return trainer.memory_needed(train, options, trainer.options.batch);
}

}  // namespace cambium
