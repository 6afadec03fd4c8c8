// The networks behind the workloads, written as a user writes them. A norm is put where the workload normalizes.
#pragma once

#include <initializer_list>

#include "apps/benchmark/workloads/workloads.h"

namespace benchmark {

// Dense layers of these widths, each normalized before its relu, and one for the classes.
cambium::Graph mlp(const Workload& of, const Norm& norm, std::initializer_list<int> widths);
cambium::Graph lenet(const Workload& of, const Norm& norm);
cambium::Graph four_convolutions(const Workload& of, const Norm& norm);
// He, Zhang, Ren, Sun 2015: three stages of three blocks with 16, 32 and 64 filters. A shortcut into the next stage takes every
// second pixel, and its new channels are zero ("option A").
cambium::Graph resnet20(const Workload& of, const Norm& norm);

}  // namespace benchmark
