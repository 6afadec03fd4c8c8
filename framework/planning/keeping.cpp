#include "cambium/framework/planning/keeping.h"

#include <algorithm>

namespace cambium {

namespace {

class Keeper {
 public:
  explicit Keeper(Timetable& timetable) : s_(timetable) {}

  void run() {
    for (std::size_t t = s_.tensors.size(); t-- > 0;) s_.tensors[t].last_read = last_read(s_.tensors[t]);
    for (ScheduledTensor& x : s_.tensors)
      if (may_go(x) && add(x.producer, s_.back_time(readers_back(s_, x).back()), x.again)) {
        std::sort(x.again.begin(), x.again.end());
        x.last_read = last_read_forward(x);
      } else {
        x.again.clear();
      }
  }

 private:
  const ScheduledPass& pass(int p) const { return s_.passes[static_cast<std::size_t>(p)]; }
  const ScheduledTensor& tensor(int t) const { return s_.tensors[static_cast<std::size_t>(t)]; }
  int stage_of(int p) const { return s_.stages.backward_of[static_cast<std::size_t>(p)]; }

  int last_read_forward(const ScheduledTensor& x) const {
    return x.readers.empty() ? x.producer : std::max(x.producer, x.readers.back());
  }

  // Of the value itself, or under another shape.
  int last_read(const ScheduledTensor& x) const {
    if (x.observed || x.is_output) return s_.end_time();
    int last = last_read_forward(x);
    for (int r : readers_back(s_, x)) last = std::max(last, s_.back_time(r));
    for (int r : x.readers)
      if (pass(r).is_reshape) last = std::max(last, tensor(pass(r).out).last_read);
    return last;
  }

  // Reads all samples at once: before the calls of its stage, or after them.
  bool reads_whole(int p) const {
    const Stage& stage = s_.stages.backward[static_cast<std::size_t>(stage_of(p))];
    return pass(p).completes_late() || stage.settles == p || stage.gradient_first == p;
  }

  bool may_go(const ScheduledTensor& x) const {
    if (x.producer < 0 || x.source >= 0 || x.observed || x.is_output) return false;
    if (std::any_of(x.readers.begin(), x.readers.end(), [&](int r) { return pass(r).is_reshape; })) return false;
    const std::vector<int> readers = readers_back(s_, x);
    return !readers.empty() && std::all_of(readers.begin(), readers.end(),
                                           [&](int r) { return stage_of(r) == stage_of(readers[0]) && !reads_whole(r); });
  }

  // Adds this pass to the chain that runs at that time, and the passes that it needs there. False when it cannot be. What does not
  // go back has lost its rooms by then.
  bool add(int p, int time, std::vector<int>& chain) const {
    if (std::find(chain.begin(), chain.end(), p) != chain.end()) return true;
    if (!pass(p).needs.cheap || !pass(p).goes_back || chain.size() == longest_chain) return false;
    chain.push_back(p);
    return std::all_of(pass(p).in.begin(), pass(p).in.end(), [&](int t) {
      const ScheduledTensor& x = tensor(t);
      return x.producer < 0 || x.last_read >= time || add(x.producer, time, chain);  // from outside, kept, or made once more
    });
  }

  Timetable& s_;
};

}  // namespace

void choose_kept(Timetable& timetable) { Keeper(timetable).run(); }

std::vector<int> readers_back(const Timetable& timetable, const ScheduledTensor& x) {
  std::vector<int> found;
  const auto goes_back = [&](int p) { return timetable.passes[static_cast<std::size_t>(p)].goes_back; };
  const auto needs = [&](int p) -> const Needs& { return timetable.passes[static_cast<std::size_t>(p)].needs; };
  if (x.producer >= 0 && goes_back(x.producer) && needs(x.producer).reads_y) found.push_back(x.producer);
  for (int r : x.readers)
    if (goes_back(r) && needs(r).reads_x) found.push_back(r);
  return found;
}

}  // namespace cambium
