#include "apps/common/run.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <string>
#include <string_view>

#include "apps/common/command_line.h"
#include "apps/common/console.h"

namespace apps {
namespace {

bool has_begun = false;

void hold_descriptors() noexcept {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) open("/dev/null", O_RDONLY);  // takes the lowest number that is free
}

// Installed it has a longer name, cambium-train; then it speaks of itself by that.
const char* called(const char* name, int argc, char** argv) {
  if (argc < 1) return name;
  const std::string_view path = argv[0], base = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  return base == std::string("cambium-") + name ? base.data() : name;
}

}  // namespace

void begin() noexcept { has_begun = true; }
bool begun() noexcept { return has_begun; }

int run(const char* name, int argc, char** argv, int (*program)(const std::vector<std::string>& words)) noexcept {
  hold_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    set_program(called(name, argc, argv), argc < 1 ? name : argv[0]);
    const int code = program({argv + std::min(argc, 1), argv + argc});
    return code == 0 && lost() ? 1 : code;
  } catch (const std::exception& error) {
    complain(at_command_line(error));
  }
  return has_begun ? 1 : 2;
}

}  // namespace apps
