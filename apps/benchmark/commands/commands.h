// What the benchmark measures, a file for each command. A command declares its options, and returns what runs them.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace benchmark {

using Run = std::function<void()>;

Run declare_speed(CLI::App& app);
Run declare_norms(CLI::App& app);
Run declare_profile(CLI::App& app);
Run declare_kernels(CLI::App& app);
Run declare_startup(CLI::App& app);
Run declare_line(CLI::App& app);

}  // namespace benchmark
