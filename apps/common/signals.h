// Being asked to end, politely.
#pragma once

namespace apps {

// From now on the first SIGINT (Ctrl-C), SIGTERM, SIGHUP or SIGXCPU only sets a mark, and a second one ends the program at once,
// with exit code 128 + its number. One that comes within 50 ms of the first is the same one sent twice, as `timeout` and some
// shells do; SIGXCPU comes every second and never counts as the second one. A signal that the parent made us ignore (nohup, or &
// in a script) stays ignored.
void catch_signals() noexcept;

bool stopped() noexcept;
int exit_code() noexcept;  // 128 + the first signal's number, or 0

}  // namespace apps
