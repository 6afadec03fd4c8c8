// The sections of a report on a stream.
#pragma once

#include <string>
#include <vector>

#include "apps/stream/history.h"
#include "apps/stream/options.h"
#include "cambium/framework/plot/page.h"

namespace stream {

// How well the rows of the window were predicted, and how many came in a second.
void add_figures(cambium::plot::Page& page, Task task, int window, const std::vector<Stretch>& stretches);
// What the columns did, as marks over the rows and as a table.
void add_events(cambium::plot::Page& page, const History& history, double rows);
// Mean and deviation of each column over the rows.
void add_columns(cambium::plot::Page& page, const std::vector<std::string>& names, const std::vector<Stretch>& stretches,
                 const std::vector<PastEvent>& events);

}  // namespace stream
