#include "apps/train/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace train {
namespace {

int terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string clock_time(double seconds) {
  const long s = static_cast<long>(seconds + 0.5);
  return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60) : fmt::format("{}:{:02}", s / 60, s % 60);
}

std::string bar(double share, int width) {
  const int done = std::clamp(static_cast<int>(share * width), 0, width);
  return std::string(static_cast<std::size_t>(done), '#') + std::string(static_cast<std::size_t>(width - done), '-');
}

}  // namespace

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string accuracy(const cambium::Metrics& m) {
  return fmt::format("{} +- {:.2f}", percent(m.accuracy()), 100 * m.standard_error());
}

Progress::Progress() : terminal_(isatty(STDOUT_FILENO) == 1) {}

void Progress::step(const cambium::StepReport& r) {
  const double epoch_share = static_cast<double>(r.step) / r.steps;
  epochs_ = r.epoch - 1 + epoch_share;
  constexpr double often_enough = 0.1;  // seconds; more often nobody can read
  if (quiet_ || !terminal_ || (r.step < r.steps && r.seconds - shown_ < often_enough)) return;
  shown_ = r.seconds;
  const double share = epochs_ / r.epochs;
  const std::string left = fmt::format("epoch {}/{} [", r.epoch, r.epochs);
  const std::string right =
      fmt::format("] loss {:.4f}  {}  {:.0f} samples/s  {} left", r.mean_loss, r.mean_accuracy < 0 ? "" : percent(r.mean_accuracy),
                  r.samples_per_second, clock_time(r.seconds * (1 - share) / share));
  const int room = terminal_width() - 1 - static_cast<int>(left.size() + right.size());
  const std::string line = room >= 4 ? left + bar(epoch_share, std::min(room, 30)) + right : right.substr(2);
  fmt::print("\r\x1b[K{}", line.substr(0, static_cast<std::size_t>(terminal_width() - 1)));
  std::fflush(stdout);
  alive_ = true;
}

void Progress::epoch(const cambium::EpochReport& r) {
  if (quiet_) return;
  clear();
  fmt::print("epoch {}/{}  loss {:.4f}  training {}", r.epoch, r.epochs, r.loss, percent(r.accuracy));
  if (r.validated) fmt::print("  validation {} (loss {:.4f}){}", accuracy(r.validation), r.validation.loss, r.best ? " best" : "");
  fmt::print("  {:.1f} s  {:.0f} samples/s\n", r.seconds, r.samples_per_second);
  std::fflush(stdout);
}

void Progress::clear() {
  if (alive_) fmt::print("\r\x1b[K");
  if (alive_) std::fflush(stdout);
  alive_ = false;
}

}  // namespace train
