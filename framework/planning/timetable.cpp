#include "cambium/framework/planning/timetable.h"

#include <fmt/format.h>

#include <algorithm>

#include "cambium/framework/planning/fold.h"
#include "cambium/framework/planning/fuse.h"

namespace cambium {

int pieces_for(const Needs& needs, int batch) {
  constexpr double worth = 5e5;  // some tens of microseconds: well above what handing out a piece costs
  const double work = batch * std::max(needs.flops, 8.0 * needs.out.size());
  return static_cast<int>(std::clamp(work / worth, 1.0, static_cast<double>(std::min(batch, most_pieces))));
}

int gradient_parts_for(const Needs& needs, int batch) {
  const int pieces = pieces_for(needs, batch);
  return needs.cut == GradientCut::outputs ? std::min(pieces, std::max(needs.gradient_units, 1)) : pieces;
}

std::size_t partial_stride(const ScheduledPass& pass, const Weights& weights) {
  std::size_t values = 0;
  for (int p : pass.params) values += aligned(weights.ranges()[static_cast<std::size_t>(p)].size * sizeof(real)) / sizeof(real);
  return values;
}

namespace {

std::size_t bytes_of(Room::Type type) {
  return type == Room::Type::float64 ? sizeof(double) : type == Room::Type::int32 ? sizeof(std::int32_t) : sizeof(real);
}

// Builds a timetable in the order of its member functions.
class Scheduler {
 public:
  Scheduler(const Graph& graph, const Weights& weights, const PlanOptions& options, Isa isa)
      : graph_(graph), weights_(weights), options_(options), isa_(isa) {
    s_.has_backward = options.mode == Mode::train || options.backward;
  }

  Timetable run() {
    select_entries();
    mark_observed();
    make_passes();
    make_tensors();
    choose_gradients();
    place_values();
    if (s_.has_backward) place_gradients();
    place_rooms();
    return std::move(s_);
  }

 private:
  const Graph::Entry& entry(int i) const { return graph_.entries()[static_cast<std::size_t>(i)]; }
  ScheduledTensor& tensor(int i) { return s_.tensors[static_cast<std::size_t>(i)]; }
  int passes() const { return static_cast<int>(s_.passes.size()); }
  int back_time(int pass) const { return 2 * passes() - pass; }
  int end_time() const { return s_.has_backward ? 2 * passes() : passes(); }

  // Which entries of the graph take part: those that the outputs depend on, back to the inputs, or to the input of `start`.
  void select_entries() {
    needed_.assign(graph_.entries().size(), false);
    outputs_ = options_.stop.empty() ? graph_.outputs() : std::vector<int>{graph_.find(options_.stop)};
    int start_input = -1;
    if (!options_.start.empty()) {
      const Graph::Entry& start = entry(graph_.find(options_.start));
      if (start.inputs.size() != 1)
        throw Error(fmt::format("start = '{}': it has {} inputs, and a pass can start at a layer with one", start.name,
                                start.inputs.size()),
                    "a layer with one input");
      start_input = start.inputs[0];
    }
    bool reached_start = start_input < 0;
    int by_another_way = -1;
    std::vector<int> open = outputs_;
    while (!open.empty()) {
      const int i = open.back();
      open.pop_back();
      if (needed_[static_cast<std::size_t>(i)]) continue;
      needed_[static_cast<std::size_t>(i)] = true;
      if (i == start_input) {
        reached_start = true;
        continue;
      }
      if (!entry(i).layer) by_another_way = i;
      open.insert(open.end(), entry(i).inputs.begin(), entry(i).inputs.end());
    }
    if (!reached_start)
      throw Error(fmt::format("start = '{}', stop = '{}': the one does not lead to the other", options_.start, options_.stop),
                  "a start that comes before the stop");
    if (start_input >= 0 && by_another_way >= 0)
      throw Error(
          fmt::format("start = '{}': the output depends on '{}' by another way too", options_.start, entry(by_another_way).name),
          "a later start, or an earlier stop");
    if (start_input >= 0)
      inputs_ = {start_input};
    else
      for (int i : graph_.inputs())
        if (needed_[static_cast<std::size_t>(i)] || options_.stop.empty())
          inputs_.push_back(i), needed_[static_cast<std::size_t>(i)] = true;
    for (int i : outputs_)
      if (!entry(i).layer || i == start_input)
        throw Error(fmt::format("'{}' is an input, not a layer", entry(i).name), "a layer to stop at");
  }

  bool is_input(int i) const { return std::find(inputs_.begin(), inputs_.end(), i) != inputs_.end(); }
  bool is_output(int i) const { return std::find(outputs_.begin(), outputs_.end(), i) != outputs_.end(); }

  void mark_observed() {
    observed_.assign(graph_.entries().size(), false);
    for (const std::string& name : options_.observe) {
      const int i = graph_.find(name);
      if (!entry(i).layer || !needed_[static_cast<std::size_t>(i)] || is_input(i))
        throw Error(fmt::format("observe = '{}': that layer does not run in this plan", name), "a layer between start and stop");
      observed_[static_cast<std::size_t>(i)] = true;
    }
  }

  // The entries that read entry i, in this plan.
  std::vector<int> readers_of(int i) const {
    std::vector<int> readers;
    for (int j = i + 1; j < static_cast<int>(graph_.entries().size()); ++j)
      if (needed_[static_cast<std::size_t>(j)] && !is_input(j))
        for (int input : entry(j).inputs)
          if (input == i) readers.push_back(j);
    return readers;
  }

  // The run of entries from i on that may become one pass: each the only reader of the one before, none observed, no output inside.
  std::vector<int> chain_from(int i) const {
    std::vector<int> chain{i};
    while (chain.size() < 3) {
      const int last = chain.back();
      const std::vector<int> readers = readers_of(last);
      if (readers.size() != 1 || is_output(last) || observed_[static_cast<std::size_t>(last)] ||
          observed_[static_cast<std::size_t>(readers[0])] || entry(readers[0]).inputs.size() != 1)
        break;
      chain.push_back(readers[0]);
    }
    return chain;
  }

  ScheduledPass pass_of(const std::vector<int>& run, std::vector<Needs> needs, bool folded) const {
    needs.resize(run.size());
    ScheduledPass pass;
    pass.entries = run;
    pass.folded = folded;
    pass.observed = observed_[static_cast<std::size_t>(run[0])];
    if (run.size() == 1) {
      pass.layer = entry(run[0]).layer;
      pass.needs = needs[0];
      pass.is_reshape = std::holds_alternative<form::Reshape>(pass.needs.form);
    } else if (folded) {
      std::vector<std::shared_ptr<const Layer>> layers;
      for (int i : run) layers.push_back(entry(i).layer);
      pass.layer = std::make_shared<FoldedLinear>(std::move(layers), needs);
      pass.needs = pass.layer->plan({});
    } else {
      const bool has_map = std::holds_alternative<form::ChannelMap>(needs[1].form);
      const bool relu = std::holds_alternative<form::Pointwise>(needs[run.size() - 1].form);
      pass.layer = std::make_shared<FusedNormalize>(
          entry(run[0]).layer, std::get<form::Normalize>(needs[0].form), has_map ? entry(run[1]).layer : nullptr,
          has_map ? std::get<form::ChannelMap>(needs[1].form) : form::ChannelMap{false, false}, relu);
      const Shape& shape = entry(entry(run[0]).inputs[0]).shape;
      pass.needs = pass.layer->plan({.in = {&shape, 1}, .batch = options_.batch, .mode = options_.mode, .isa = isa_});
    }
    for (int i : run) {
      pass.name += (pass.name.empty() ? "" : " + ") + entry(i).name;
      for (int p : weights_.params_of(i)) pass.params.push_back(p);
      for (int st : weights_.state_of(i)) pass.states.push_back(st);
    }
    for (int p : pass.params) pass.trainable |= !weights_.ranges()[static_cast<std::size_t>(p)].settings.freeze;
    return pass;
  }

  void make_passes() {
    const bool may_fuse = options_.fuse && !(options_.mode == Mode::evaluate && s_.has_backward);
    std::vector<bool> taken(graph_.entries().size(), false);
    for (int i = 0; i < static_cast<int>(graph_.entries().size()); ++i) {
      if (!needed_[static_cast<std::size_t>(i)] || is_input(i) || taken[static_cast<std::size_t>(i)]) continue;
      std::vector<int> chain = may_fuse || options_.fold ? chain_from(i) : std::vector<int>{i};
      std::vector<Needs> needs;
      std::vector<const Form*> forms;
      for (int j : chain) needs.push_back(graph_.needs(j, options_.batch, options_.mode, isa_));
      for (const Needs& n : needs) forms.push_back(&n.form);
      const bool bare = needs[0].params.empty() && needs[0].keep.size() >= 2;  // as the Normalize form promises
      const int folded = options_.fold ? foldable(needs) : 1;
      const int fused = may_fuse && bare ? fusable(forms, entry(i).shape.channels()) : 1;
      chain.resize(static_cast<std::size_t>(std::max(folded, fused)));  // no layer is both Dense and Normalize
      for (int j : chain) taken[static_cast<std::size_t>(j)] = true;
      s_.passes.push_back(pass_of(chain, std::move(needs), folded > 1));
    }
  }

  void make_tensors() {
    std::vector<int> tensor_of(graph_.entries().size(), -1);
    for (int i : inputs_) {
      tensor_of[static_cast<std::size_t>(i)] = static_cast<int>(s_.tensors.size());
      s_.inputs.push_back(static_cast<int>(s_.tensors.size()));
      s_.tensors.push_back({.shape = entry(i).shape});
    }
    for (int p = 0; p < passes(); ++p) {
      ScheduledPass& pass = s_.passes[static_cast<std::size_t>(p)];
      const Graph::Entry& last = entry(pass.entries.back());
      for (int input : entry(pass.entries[0]).inputs) {
        const int t = tensor_of[static_cast<std::size_t>(input)];
        pass.in.push_back(t);
        tensor(t).readers.push_back(p);
        tensor(t).observed |= pass.observed;
      }
      pass.out = static_cast<int>(s_.tensors.size());
      tensor_of[static_cast<std::size_t>(pass.entries.back())] = pass.out;
      s_.tensors.push_back(
          {.shape = last.shape, .producer = p, .source = pass.is_reshape ? pass.in[0] : -1, .observed = pass.observed});
    }
    for (int i : outputs_) {
      s_.outputs.push_back(tensor_of[static_cast<std::size_t>(i)]);
      tensor(s_.outputs.back()).is_output = true;
    }
  }

  // A gradient is wanted where somebody upstream has something to learn, or somebody is looking.
  void choose_gradients() {
    if (!s_.has_backward) return;
    for (int t : s_.inputs) tensor(t).wants_gradient = options_.input_gradient || tensor(t).observed;
    for (ScheduledPass& pass : s_.passes) {
      bool upstream = pass.observed;
      for (int t : pass.in) upstream |= tensor(t).wants_gradient;
      if (pass.observed)
        for (int t : pass.in) tensor(t).wants_gradient = true;
      pass.goes_back = upstream || pass.trainable;
      tensor(pass.out).wants_gradient = pass.goes_back;
    }
  }

  int new_buffer(std::size_t bytes, int first, int last) {
    s_.buffers.push_back({bytes, first, last});
    return static_cast<int>(s_.buffers.size()) - 1;
  }
  std::size_t bytes_of_batch(const Shape& shape) const {
    return static_cast<std::size_t>(options_.batch) * static_cast<std::size_t>(shape.size()) * sizeof(real);
  }
  void extend(int buffer, int last) {
    if (buffer >= 0)
      s_.buffers[static_cast<std::size_t>(buffer)].last = std::max(s_.buffers[static_cast<std::size_t>(buffer)].last, last);
  }

  void place_values() {
    // When each value is read last, itself or through a reshape. Readers come after what they read, so from the end.
    for (int t = static_cast<int>(s_.tensors.size()); t-- > 0;) {
      ScheduledTensor& x = tensor(t);
      x.last_read = x.observed || x.is_output ? end_time() : x.producer;
      for (int r : x.readers) {
        const ScheduledPass& reader = s_.passes[static_cast<std::size_t>(r)];
        const int read = reader.is_reshape                          ? tensor(reader.out).last_read
                         : reader.goes_back && reader.needs.reads_x ? back_time(r)
                                                                    : r;
        x.last_read = std::max(x.last_read, read);
      }
      if (x.producer >= 0) {
        const ScheduledPass& producer = s_.passes[static_cast<std::size_t>(x.producer)];
        if (producer.goes_back && producer.needs.reads_y) x.last_read = std::max(x.last_read, back_time(x.producer));
      }
    }
    for (int p = 0; p < passes(); ++p) {
      const ScheduledPass& pass = s_.passes[static_cast<std::size_t>(p)];
      ScheduledTensor& y = tensor(pass.out);
      int root = pass.in[0];
      while (tensor(root).source >= 0) root = tensor(root).source;
      const bool from_outside = tensor(root).producer < 0;
      if (pass.is_reshape) {
        y.value = tensor(root).value;  // -1 when from outside: then bound with the input
      } else if (pass.needs.y_may_be_x && pass.in.size() == 1 && !from_outside && tensor(root).last_read <= p) {
        y.value = tensor(root).value;
      } else {
        y.value = new_buffer(bytes_of_batch(y.shape), p, p);
      }
      extend(y.value, y.last_read);
    }
  }

  void place_gradients() {
    std::vector<bool> written(s_.tensors.size(), false);
    std::vector<bool> observed_buffer;
    const auto look_at = [&](int buffer, bool observed) {
      observed_buffer.resize(s_.buffers.size(), false);
      if (observed) observed_buffer[static_cast<std::size_t>(buffer)] = true;
    };
    const auto last_use = [&](int t) {
      return tensor(t).observed || tensor(t).producer < 0 ? end_time() : back_time(tensor(t).producer);
    };

    for (int t : s_.outputs) {  // the loss writes here, wanted or not
      tensor(t).gradient = new_buffer(bytes_of_batch(tensor(t).shape), passes(), last_use(t));
      look_at(tensor(t).gradient, tensor(t).observed);
      written[static_cast<std::size_t>(t)] = true;
    }
    for (int p = passes(); p-- > 0;) {
      ScheduledPass& pass = s_.passes[static_cast<std::size_t>(p)];
      pass.dx.resize(pass.in.size());
      if (!pass.goes_back) continue;
      const int dy = tensor(pass.out).gradient;
      if (dy < 0) throw Error(fmt::format("layer '{}' leads to no output", pass.name), "output(node), or leaving the layer out");
      const int now = back_time(p);
      for (std::size_t k = 0; k < pass.in.size(); ++k) {
        const int t = pass.in[k];
        ScheduledGradient& dx = pass.dx[k];
        dx.wanted = tensor(t).wants_gradient;
        if (!dx.wanted) continue;
        const bool first = !written[static_cast<std::size_t>(t)];
        const bool shared = tensor(t).readers.size() > 1 || tensor(t).is_output;
        written[static_cast<std::size_t>(t)] = true;

        if (pass.is_reshape && !(shared && observed_buffer[static_cast<std::size_t>(dy)])) {
          dx.buffer = dy;  // the same values
        } else if (first && !shared && pass.needs.dx_may_be_dy && pass.in.size() == 1 &&
                   !observed_buffer[static_cast<std::size_t>(dy)]) {
          dx.buffer = dy;
        } else {
          dx.buffer = new_buffer(bytes_of_batch(tensor(t).shape), now, pass.observed ? end_time() : now);
        }
        if (first && !(shared && pass.observed)) {
          tensor(t).gradient = dx.buffer;
        } else {
          if (first) tensor(t).gradient = new_buffer(bytes_of_batch(tensor(t).shape), now, now);
          dx.target = tensor(t).gradient;
          dx.add = !first;
        }
        extend(tensor(t).gradient, last_use(t));
        look_at(tensor(t).gradient, tensor(t).observed);
        look_at(dx.buffer, pass.observed);
      }
    }
  }

  void place_rooms() {
    for (int p = 0; p < passes(); ++p) {
      ScheduledPass& pass = s_.passes[static_cast<std::size_t>(p)];
      const Needs& needs = pass.needs;
      const auto batch = static_cast<std::size_t>(options_.batch);
      const int last = pass.goes_back ? back_time(p) : p;
      for (const Room& room : needs.keep)
        pass.keep.push_back(new_buffer((room.shared + room.per_sample * batch) * bytes_of(room.type), pass.folded ? 0 : p,
                                       pass.folded ? end_time() : last));
      if (needs.coupling.per != Coupling::Per::none) {
        const std::size_t times = needs.coupling.per == Coupling::Per::piece ? most_pieces : batch;
        pass.gathered = new_buffer(times * needs.coupling.forward * sizeof(double), p, p);
        if (pass.goes_back) pass.gathered_back = new_buffer(times * needs.coupling.backward * sizeof(double), last, last);
      }
      const auto parts = static_cast<std::size_t>(gradient_parts_for(needs, options_.batch));  // a smaller batch has no more
      if (pass.goes_back && pass.trainable && needs.cut == GradientCut::rows && parts > 1)
        pass.partial_gradients = new_buffer((parts - 1) * partial_stride(pass, weights_) * sizeof(real), last, last);
      s_.scratch_per_lane = std::max(s_.scratch_per_lane, aligned(needs.lane_scratch.shared * bytes_of(needs.lane_scratch.type)));
    }
  }

  const Graph& graph_;
  const Weights& weights_;
  const PlanOptions& options_;
  Isa isa_;
  Timetable s_;
  std::vector<bool> needed_, observed_;
  std::vector<int> inputs_, outputs_;  // entries
};

}  // namespace

Timetable make_timetable(const Graph& graph, const Weights& weights, const PlanOptions& options, Isa isa) {
  return Scheduler(graph, weights, options, isa).run();
}

}  // namespace cambium
