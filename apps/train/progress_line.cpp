#include "apps/train/progress_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "apps/common/scores.h"

namespace train {
namespace {

// The minutes of a training that will last for years do not matter.
std::string clock_time(double seconds) {
  if (!(seconds < 360'000)) return "days";
  const long s = std::lround(seconds);
  return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60) : fmt::format("{}:{:02}", s / 60, s % 60);
}

std::string bar(double share, int width) {
  const int done = std::clamp(static_cast<int>(share * width), 0, width);
  return '[' + std::string(static_cast<std::size_t>(done), '#') + std::string(static_cast<std::size_t>(width - done), '-') + ']';
}

struct Part {
  int rank;  // the lower, the longer it stays
  std::string text;
};

}  // namespace

std::string progress_line(const cambium::StepReport& r, double share, int width) {
  std::vector<Part> parts = {{0, fmt::format("epoch {}/{}", r.epoch, r.epochs)},
                             {5, ""},
                             {2, "loss " + apps::loss_text(r.mean_loss)},
                             {3, !(r.mean_accuracy >= 0) ? "" : fmt::format("{:.2f} %", 100 * r.mean_accuracy)},
                             {4, fmt::format("{:.0f} samples/s", r.samples_per_second)},
                             {1, clock_time(r.seconds * (1 - share) / share) + " left"}};
  constexpr int gap = 2;
  int room = width + gap;
  for (int rank = 0; rank <= 5; ++rank) {
    Part& part = *std::find_if(parts.begin(), parts.end(), [&](const Part& p) { return p.rank == rank; });
    if (rank == 5 && room >= gap + 6)
      part.text = bar(static_cast<double>(r.step) / static_cast<double>(r.steps), std::min(room - gap - 2, 30));
    if (part.text.empty()) continue;
    const int wide = static_cast<int>(part.text.size()) + gap;
    if (wide <= room) {
      room -= wide;
    } else {
      part.text.clear();
      if (rank > 0) room = 0;  // for what goes before it
    }
  }
  std::string line;
  for (const Part& part : parts)
    if (!part.text.empty()) line += (line.empty() ? "" : "  ") + part.text;
  return line;
}

}  // namespace train
