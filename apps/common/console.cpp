#include "apps/common/console.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "cambium/framework/base/text.h"

namespace apps {
namespace {

const char* program_name = "";
const char* typed_name = "";
bool anything_lost = false, output_gone = false, alive = false;
constexpr std::string_view clear_line = "\r\x1b[K";

std::string one_line(std::string text) {
  for (std::size_t at; (at = text.find('\n')) != text.npos;) {
    const std::size_t next = std::min(text.find_first_not_of(" \n", at), text.size());
    const bool open = at > 0 && text[at - 1] == ':', closing = next == text.size() || text[next] == ';';
    text.replace(at, next - at, open ? " " : closing ? "" : ", ");
  }
  return text;
}

}  // namespace

void set_program(const char* name, const char* typed) noexcept { program_name = name, typed_name = typed; }
const char* program() noexcept { return program_name; }
const char* program_as_typed() noexcept { return typed_name; }

int write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t taken = ::write(descriptor, text.data(), text.size());
    if (taken >= 0) {
      text.remove_prefix(static_cast<std::size_t>(taken));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {  // by whoever shares the descriptor
      pollfd room{descriptor, POLLOUT, 0};
      poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

void write(std::string_view text) noexcept {
  if (output_gone) return;
  int error = alive ? write_all(STDOUT_FILENO, clear_line) : 0;
  alive = false;
  if (error == 0) error = write_all(STDOUT_FILENO, text);
  if (error == 0) return;
  output_gone = true;
  lose("standard output cannot be written: " + std::generic_category().message(error));
}

void warn(std::string_view text) noexcept {
  if (alive) write("");
  write_all(STDERR_FILENO, text);
}

void live(std::string_view line) noexcept {
  if (terminal_width() == 0) return;
  alive = true;
  write(line);
  alive = !output_gone;
}

int terminal_width() noexcept {
  const char* kind = std::getenv("TERM");
  if (isatty(STDOUT_FILENO) != 1 || (kind != nullptr && std::string_view(kind) == "dumb")) return 0;
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void complain(const std::string& text) { warn(std::string(program_name) + ": " + one_line(cambium::screenful(text)) + '\n'); }

void lose(const std::string& text) {
  anything_lost = true;
  complain(text);
}

bool lost() noexcept { return anything_lost; }

}  // namespace apps
