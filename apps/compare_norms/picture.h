// What has been measured, as pictures and as a page.
#pragma once

#include <string>
#include <vector>

#include "apps/compare_norms/outcome.h"
#include "cambium/framework/plot/page.h"

namespace compare_norms {

// The first measure: lines over settings that are numbers, bars for a few others, coloured cells where there are many. Of a table
// with a single column every measure has its bars. `titled`: by the experiment, for a file of its own.
std::vector<cambium::plot::Panel> panels_of(const Outcome& outcome, bool titled);

// All experiments with their pictures, tables, settings, and the command that made them.
cambium::plot::Page page_of(const std::vector<const Outcome*>& outcomes, const std::string& data, const std::string& command);

}  // namespace compare_norms
