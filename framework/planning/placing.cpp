#include "cambium/framework/planning/placing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cambium/framework/planning/keeping.h"

namespace cambium {

std::size_t partial_stride(const ScheduledPass& pass, const Weights& weights) {
  std::size_t values = 0;
  for (int p : pass.params) values += aligned(weights.ranges()[static_cast<std::size_t>(p)].size * sizeof(real)) / sizeof(real);
  return values;
}

namespace {

std::size_t bytes_of(Room::Type type) {
  return type == Room::Type::float64 ? sizeof(double) : type == Room::Type::int32 ? sizeof(std::int32_t) : sizeof(real);
}

class Placer {
 public:
  Placer(Timetable& timetable, const Weights& weights, const PlanOptions& options)
      : s_(timetable), weights_(weights), options_(options) {}

  void run() {
    choose_kept(s_);
    place_values();
    if (s_.has_backward) place_gradients();
    place_rooms();
    find_offsets();
  }

 private:
  ScheduledTensor& tensor(int i) { return s_.tensors[static_cast<std::size_t>(i)]; }
  ScheduledPass& pass(int p) { return s_.passes[static_cast<std::size_t>(p)]; }
  Buffer& buffer(int i) { return s_.buffers[static_cast<std::size_t>(i)]; }

  // Time by passes, as the timetable has it.
  int passes() const { return static_cast<int>(s_.passes.size()); }
  int back_time(int p) const { return s_.back_time(p); }
  int end_time() const { return s_.end_time(); }

  // The same by stages.
  int loss_stage() const { return static_cast<int>(s_.stages.forward.size()); }
  int forward_stage(int p) const { return s_.stages.forward_of[static_cast<std::size_t>(p)]; }
  int backward_stage(int p) const { return loss_stage() + 1 + s_.stages.backward_of[static_cast<std::size_t>(p)]; }
  int stage_at(int time) const {
    if (time < passes()) return forward_stage(std::max(time, 0));
    if (time == passes()) return loss_stage();
    if (time > 2 * passes()) return loss_stage() + 1 + static_cast<int>(s_.stages.backward.size());
    return backward_stage(2 * passes() - time);
  }
  const Stage& stage_by(int number) const {
    const auto at = static_cast<std::size_t>(number), first = s_.stages.forward.size() + 1;
    return at < first ? s_.stages.forward[at] : s_.stages.backward[at - first];
  }

  int add(Buffer made) {
    s_.buffers.push_back(made);
    return static_cast<int>(s_.buffers.size()) - 1;
  }
  // In use from time `first` to time `last`, counted in passes.
  int new_room(std::size_t bytes, int first, int last) {
    return add({.bytes = bytes, .first = first, .last = last, .first_stage = stage_at(first), .last_stage = stage_at(last)});
  }
  int new_values(const Shape& shape, int first, int last) {
    const std::size_t each = static_cast<std::size_t>(shape.size()) * sizeof(real);
    const int made = new_room(each * static_cast<std::size_t>(options_.batch), first, last);
    buffer(made).per_sample = each;
    return made;
  }
  void extend(int i, int last) {
    if (i < 0 || buffer(i).last >= last) return;
    buffer(i).last = last, buffer(i).last_stage = std::max(buffer(i).last_stage, stage_at(last));
  }

  // ------------------------------------------------------------------------------------------------------------ values

  void place_values() {
    for (int p = 0; p < passes(); ++p) {
      const ScheduledPass& made_by = pass(p);
      ScheduledTensor& y = tensor(made_by.out);
      int root = made_by.in[0];
      while (tensor(root).source >= 0) root = tensor(root).source;
      const bool from_outside = tensor(root).producer < 0;
      if (made_by.is_reshape) {
        y.value = tensor(root).value;  // -1 when from outside: then bound with the input
      } else if (made_by.needs.y_may_be_x && made_by.in.size() == 1 && !from_outside && tensor(root).last_read <= p) {
        y.value = tensor(root).value;
      } else {
        y.value = new_values(y.shape, p, p);
      }
      extend(y.value, y.last_read);
      if (!y.again.empty()) place_again(y);
    }
  }

  // The chain that makes y once more runs before the first call that reads it on the way back.
  void place_again(ScheduledTensor& y) {
    const std::vector<int> readers = readers_back(s_, y);
    const int first = readers.back(), now = back_time(first);
    std::map<int, int> made;  // by tensor
    std::vector<Call> chain;
    for (int p : y.again) {
      const ScheduledPass& of = pass(p);
      std::vector<int> from;
      for (int t : of.in) from.push_back(made.contains(t) ? made[t] : tensor(t).value);
      const bool in_place =
          of.needs.y_may_be_x && of.in.size() == 1 && made.contains(of.in[0]) && tensor(of.in[0]).readers.size() == 1;
      made[of.out] = in_place ? from[0] : new_values(tensor(of.out).shape, now, now);
      chain.push_back({Call::Kind::again, p, static_cast<int>(s_.again.size())});
      s_.again.push_back({p, std::move(from), made[of.out]});
    }
    y.anew = made.at(pass(y.producer).out);
    extend(y.anew, back_time(readers.front()));
    const auto stage = static_cast<std::size_t>(s_.stages.backward_of[static_cast<std::size_t>(first)]);
    std::vector<Call>& calls = s_.stages.backward[stage].calls;
    const auto reads = [&](const Call& call) { return call.pass == first; };
    calls.insert(std::find_if(calls.begin(), calls.end(), reads), chain.begin(), chain.end());
  }

  // ------------------------------------------------------------------------------------------------------------ gradients

  int last_use_of_gradient(int t) {
    return tensor(t).observed || tensor(t).producer < 0 ? end_time() : back_time(tensor(t).producer);
  }

  void place_gradients() {
    std::vector<bool> written(s_.tensors.size(), false);
    for (int t : s_.outputs) {  // the loss writes here, wanted or not
      tensor(t).gradient = new_values(tensor(t).shape, passes(), last_use_of_gradient(t));
      buffer(tensor(t).gradient).observed |= tensor(t).observed;
      written[static_cast<std::size_t>(t)] = true;
    }
    for (int p = passes(); p-- > 0;) {
      ScheduledPass& from = pass(p);
      from.dx.resize(from.in.size());
      if (!from.goes_back) continue;
      const int dy = tensor(from.out).gradient;
      if (dy < 0) throw Error(fmt::format("layer '{}' leads to no output", from.name), "output(node), or leaving the layer out");
      if (from.completes_late()) buffer(dy).whole = true;
      for (std::size_t k = 0; k < from.in.size(); ++k) {
        const int t = from.in[k];
        from.dx[k].wanted = tensor(t).wants_gradient;
        if (!from.dx[k].wanted) continue;
        place_gradient(p, from, from.dx[k], t, dy, !written[static_cast<std::size_t>(t)]);
        written[static_cast<std::size_t>(t)] = true;
      }
    }
  }

  void place_gradient(int p, const ScheduledPass& from, ScheduledGradient& dx, int t, int dy, bool first) {
    const int now = back_time(p);
    const bool shared = tensor(t).readers.size() > 1 || tensor(t).is_output;
    const bool looked_at = buffer(dy).observed;
    const bool in_place =
        from.is_reshape ? !(shared && looked_at) : first && !shared && from.needs.dx_may_be_dy && from.in.size() == 1 && !looked_at;
    dx.buffer = in_place ? dy : new_values(tensor(t).shape, now, from.observed ? end_time() : now);
    if (from.needs.coupling.per == Coupling::Per::channel) buffer(dx.buffer).whole = true;  // it is made before the calls
    if (first && !(shared && from.observed)) {
      tensor(t).gradient = dx.buffer;
    } else {
      if (first) tensor(t).gradient = new_values(tensor(t).shape, now, now);
      dx.target = tensor(t).gradient;
      dx.add = !first;
    }
    extend(tensor(t).gradient, last_use_of_gradient(t));
    buffer(tensor(t).gradient).observed |= tensor(t).observed;
    buffer(dx.buffer).observed |= from.observed;
  }

  // ------------------------------------------------------------------------------------------------------------ rooms

  // What is gathered in one stage, `each` numbers a set, for the next one to settle with.
  int room_to_gather(const Coupling& coupling, std::size_t each, int settles) {
    const bool per_sample = coupling.per == Coupling::Per::sample;
    const auto sets = static_cast<std::size_t>(per_sample ? options_.batch : stage_by(settles - 1).most_chunks(options_.batch));
    return add({.bytes = sets * each * sizeof(double), .first_stage = settles - 1, .last_stage = settles});
  }

  void place_rooms() {
    for (int p = 0; p < passes(); ++p) {
      ScheduledPass& of = pass(p);
      const bool settles_early = of.mode == Mode::evaluate;
      const Needs& needs = of.needs;
      const int last = of.goes_back ? back_time(p) : p;
      const bool early = needs.prepares || (settles_early && needs.coupling.per != Coupling::Per::none);
      for (const Room& room : needs.keep)
        of.keep.push_back(new_room((room.shared + room.per_sample * static_cast<std::size_t>(options_.batch)) * bytes_of(room.type),
                                   early ? 0 : p, early && !s_.has_backward ? end_time() : last));
      if (!settles_early && needs.coupling.forward > 0)
        of.gathered = room_to_gather(needs.coupling, needs.coupling.forward, forward_stage(p));
      if (!settles_early && of.goes_back && needs.coupling.backward > 0)
        of.gathered_back = room_to_gather(needs.coupling, needs.coupling.backward, backward_stage(p));
      if (of.goes_back && of.trainable && needs.cut == GradientCut::rows) {
        const auto pieces = static_cast<std::size_t>(stage_by(backward_stage(p)).cut(options_.batch).pieces);
        const std::size_t values = partial_stride(of, weights_);
        if (pieces > 1) of.partial_gradients = new_room((pieces - 1) * values * sizeof(real), last, last);
        if (samples_of_a_sum(needs, options_.batch) > 0) {
          of.sums = new_room(pieces * values * sizeof(double), last, last);
          s_.strip_per_lane = std::max(s_.strip_per_lane, values * sizeof(real));
        }
      }
      if (of.goes_back && of.completes_late())
        for (std::size_t bytes = 0; int param : of.params) {
          const auto units = static_cast<std::size_t>(needs.gradient_units);
          const auto strip = static_cast<std::size_t>(gradient_strip(needs, options_.batch));
          bytes += aligned(weights_.ranges()[static_cast<std::size_t>(param)].size / units * strip * sizeof(real));
          s_.strip_per_lane = std::max(s_.strip_per_lane, bytes);
        }
      s_.scratch_per_lane = std::max(s_.scratch_per_lane, aligned(needs.lane_scratch.shared * bytes_of(needs.lane_scratch.type)));
    }
  }

  // ------------------------------------------------------------------------------------------------------------ offsets

  // Values that live and die inside one stage need room for the chunk in hand only, in memory of each lane's own, and stay in
  // cache. Within a stage time is counted in passes; between stages in stages, since pieces are at different passes of a stage at
  // once.
  void find_offsets() {
    std::vector<Lifetime> lasting;
    std::vector<std::vector<Lifetime>> local(static_cast<std::size_t>(stage_at(2 * passes() + 1)) + 1);
    for (Buffer& b : s_.buffers) {
      const bool in_stage = b.first_stage == b.last_stage && b.first_stage != loss_stage();
      b.local = b.per_sample > 0 && !b.whole && in_stage;
      if (b.local)
        local[static_cast<std::size_t>(b.first_stage)].push_back(
            {b.per_sample * static_cast<std::size_t>(stage_by(b.first_stage).most_rows(options_.batch)), b.first, b.last});
      else
        lasting.push_back({b.bytes, b.first_stage, b.last_stage});
    }
    s_.bytes = pack(lasting);
    for (std::vector<Lifetime>& stage : local) s_.local_per_lane = std::max(s_.local_per_lane, pack(stage));
    std::size_t next = 0;
    std::vector<std::size_t> next_local(local.size(), 0);
    for (Buffer& b : s_.buffers) {
      const auto stage = static_cast<std::size_t>(std::max(b.first_stage, 0));
      b.offset = b.local ? local[stage][next_local[stage]++].offset : lasting[next++].offset;
    }
  }

  Timetable& s_;
  const Weights& weights_;
  const PlanOptions& options_;
};

}  // namespace

void place(Timetable& timetable, const Weights& weights, const PlanOptions& options) { Placer(timetable, weights, options).run(); }

}  // namespace cambium
