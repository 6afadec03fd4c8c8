// What several commands share: options, and how a table begins.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "apps/benchmark/timing/protocol.h"
#include "apps/benchmark/workloads/workloads.h"
#include "cambium/framework/base/layer.h"

namespace benchmark {

// --workload, --batch and --threads: one of each, or lists with commas between, of which every combination is measured.
struct Cells {
  std::vector<std::string> workloads;
  std::vector<int> batches = {64}, threads = {1};
};
void add_cell(CLI::App& app, Cell& cell);
void add_cells(CLI::App& app, Cells& cells);

void add_rounds(CLI::App& app, int& rounds);
void add_time(CLI::App& app, double& seconds, const std::string& about);
void add_protocol(CLI::App& app, Protocol& protocol);

void add_mode(CLI::App& app, std::string& mode, const std::vector<std::string>& names);
std::vector<cambium::Mode> modes_of(const std::string& mode);  // of "infer", "train" or "both", inference first
const char* name_of(cambium::Mode mode);

// Says what runs here. Throws cambium::Error where so many threads cannot be had.
void print_start(int threads);

}  // namespace benchmark
