// Streams that the program draws, for a first look.
#pragma once

#include <string>

#include "apps/stream/options.h"

namespace stream {

std::string demo_names();
void check_demo(const std::string& name);  // Error: there is no such demo
void complete_demo(Options& options);      // label, task and rows, where they were not said
// Row `i` of a demo as a line of CSV, 0 being the header.
std::string demo_line(const std::string& name, long i);

}  // namespace stream
