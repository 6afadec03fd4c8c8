#include "cambium/framework/planning/recompute.h"

#include <algorithm>

namespace cambium {

namespace {

class RecomputeChooser {
 public:
  explicit RecomputeChooser(Timetable& timetable) : s_(timetable) {}

  void run() {
    for (std::size_t t = s_.tensors.size(); t-- > 0;) s_.tensors[t].last_read = last_read(s_.tensors[t]);
    for (ScheduledTensor& x : s_.tensors)
      if (may_go(x) && add(x.producer, s_.backward_time(readers_back(s_, x).back()), x.recompute)) {
        std::sort(x.recompute.begin(), x.recompute.end());
        x.last_read = last_read_forward(x);
      } else {
        x.recompute.clear();
      }
    for (ScheduledTensor& x : s_.tensors)
      if (!x.recompute.empty()) add_steps(x);
  }

 private:
  const ScheduledOp& op(int p) const { return s_.ops[as_size(p)]; }
  const ScheduledTensor& tensor(int t) const { return s_.tensors[as_size(t)]; }
  int stage_of(int p) const { return s_.stages.backward_of[as_size(p)]; }

  Time last_read_forward(const ScheduledTensor& x) const {
    const int last = x.readers.empty() ? x.producer : std::max(x.producer, x.readers.back());
    return last < 0 ? Time{-1, -1} : s_.forward_time(last);
  }

  // Of the value itself, or under another shape.
  Time last_read(const ScheduledTensor& x) const {
    if (x.observed || x.is_output) return s_.end_time();
    Time last = last_read_forward(x);
    for (int r : readers_back(s_, x)) last = std::max(last, s_.backward_time(r));
    for (int r : x.readers)
      if (op(r).is_reshape) last = std::max(last, tensor(op(r).out).last_read);
    return last;
  }

  // Reads all samples at once: before the calls of its stage, or after them.
  bool reads_whole(int p) const {
    const Stage& stage = s_.stages.backward[as_size(stage_of(p))];
    return op(p).completes_late() || stage.comes_first(p);
  }

  bool may_go(const ScheduledTensor& x) const {
    if (x.producer < 0 || x.source >= 0 || x.observed || x.is_output) return false;
    if (std::any_of(x.readers.begin(), x.readers.end(), [&](int r) { return op(r).is_reshape; })) return false;
    const std::vector<int> readers = readers_back(s_, x);
    return !readers.empty() && std::all_of(readers.begin(), readers.end(),
                                           [&](int r) { return stage_of(r) == stage_of(readers[0]) && !reads_whole(r); });
  }

  // Adds this op to the chain that runs at that time, and the ops that it needs there. False when it cannot be. What does not
  // go back has lost its buffers by then.
  bool add(int p, Time time, std::vector<int>& chain) const {
    if (std::find(chain.begin(), chain.end(), p) != chain.end()) return true;
    if (!op(p).spec.recomputable || !op(p).goes_back || chain.size() == longest_chain) return false;
    chain.push_back(p);
    return std::all_of(op(p).in.begin(), op(p).in.end(), [&](int t) {
      const ScheduledTensor& x = tensor(t);
      return x.producer < 0 || x.last_read >= time || add(x.producer, time, chain);  // from outside, kept, or made once more
    });
  }

  // Before the first call that reads x on the way back.
  void add_steps(ScheduledTensor& x) {
    const int first = readers_back(s_, x).back();
    std::vector<Step> steps;
    x.first_recompute = static_cast<int>(s_.recomputes.size());
    for (int p : x.recompute) {
      steps.push_back({CallKind::forward, p, static_cast<int>(s_.recomputes.size())});
      s_.recomputes.push_back({p});
    }
    std::vector<Step>& calls = s_.stages.backward[as_size(stage_of(first))].calls;
    const auto reads = [&](const Step& step) { return step.op == first; };
    calls.insert(std::find_if(calls.begin(), calls.end(), reads), steps.begin(), steps.end());
  }

  Timetable& s_;
};

}  // namespace

void choose_recompute(Timetable& timetable) { RecomputeChooser(timetable).run(); }

std::vector<int> readers_back(const Timetable& timetable, const ScheduledTensor& x) {
  std::vector<int> found;
  const auto goes_back = [&](int p) { return timetable.ops[as_size(p)].goes_back; };
  const auto spec = [&](int p) -> const LayerSpec& { return timetable.ops[as_size(p)].spec; };
  if (x.producer >= 0 && goes_back(x.producer) && spec(x.producer).reads_y) found.push_back(x.producer);
  for (int r : x.readers)
    if (goes_back(r) && spec(r).reads_x) found.push_back(r);
  return found;
}

}  // namespace cambium
