#include "apps/stream/screen.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "apps/common/console.h"

namespace stream {
namespace {

// Columns of the terminal that standard error is, or 0: nothing lives there.
int width() {
  const char* kind = std::getenv("TERM");
  if (isatty(STDERR_FILENO) != 1 || (kind && std::string_view(kind) == "dumb")) return 0;
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Screen::Screen(bool quiet, bool answers_go_out)
    : quiet_(quiet), live_(!quiet && width() > 0 && !(answers_go_out && isatty(STDOUT_FILENO) == 1)) {}

void Screen::clear() {
  if (shown_) apps::write_all(STDERR_FILENO, "\r\x1b[K");
  shown_ = false;
}

void Screen::say(const std::string& text) {
  if (!quiet_) complain(text);
}

void Screen::complain(const std::string& text) {
  clear();
  apps::complain(text);
}

bool Screen::due() const { return live_ && std::chrono::duration<double>(Clock::now() - last_).count() >= 0.25; }

void Screen::show(std::int64_t rows, const std::string& how) {
  if (!due()) return;
  const double seconds = std::chrono::duration<double>(Clock::now() - last_).count();
  speed_ = static_cast<double>(rows - rows_) / seconds, rows_ = rows, last_ = Clock::now();
  std::string line = fmt::format("{} rows  {:.0f} rows/s  {}", rows, speed_, how);
  if (const auto room = static_cast<std::size_t>(width()); line.size() >= room) line.resize(room > 0 ? room - 1 : 0);
  apps::write_all(STDERR_FILENO, "\r\x1b[K" + line);
  shown_ = true;
}

}  // namespace stream
