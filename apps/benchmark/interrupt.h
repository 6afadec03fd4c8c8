// Ctrl-C, asked politely.
#pragma once

namespace benchmark {

// From now on the first Ctrl-C only sets a mark, and a second one ends the program at once with exit code 130.
void catch_interrupts();
bool interrupted();

}  // namespace benchmark
