// How many samples of each class a part of a set takes.
#pragma once

#include <cstdint>
#include <vector>

namespace cambium {

// Of a class of counts[c] samples, `part` of all samples being taken, with N = the sum of counts:
//
//   due(c) = part * counts[c] / N                     share(c) = due(c) down or up to a whole number, their sum being `part`
//
// One sample after the other goes to the class that lacks most of what it is due, of equals to the lower number (the method of the
// largest remainder). A class of at least two samples gives at least one, and keeps at least one, where that can be had for all of
// them: rare classes may so take more than they are due. A class of one sample keeps it, unless the others have all they are due.
// `part` is from 0 to N, and N at most 2^31.
std::vector<std::int64_t> shares(const std::vector<std::int64_t>& counts, std::int64_t part);

}  // namespace cambium
