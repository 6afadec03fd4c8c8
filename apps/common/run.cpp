#include "apps/common/run.h"

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <new>

#include "apps/common/command_line.h"
#include "apps/common/console.h"
#include "cambium/framework/base/error.h"

namespace apps {
namespace {

bool begun = false;

void hold_descriptors() noexcept {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) open("/dev/null", O_RDONLY);  // takes the lowest number that is free
}

}  // namespace

void begin() noexcept { begun = true; }

int run(const char* name, int argc, char** argv, int (*program)(int argc, char** argv)) noexcept {
  hold_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  set_program(name);
  try {
    const int code = program(argc, argv);
    return code == 0 && lost() ? 1 : code;
  } catch (const cambium::Error& error) {
    complain(at_command_line(error));
  } catch (const std::bad_alloc&) {
    complain("there is not enough memory");
  } catch (const std::exception& error) {
    complain(error.what());
  }
  return begun ? 1 : 2;
}

}  // namespace apps
