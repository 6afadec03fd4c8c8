// How long every value is kept, and which are computed again on the way back instead.
//
// Activations are most of what training holds in memory, and many of them are made by passes that cost hardly more than reading
// what they make (Needs::cheap), from values that are kept in any case. So at the end of a residual block,
//
//     y = relu(norm(c) + x),    c: what a convolution made, x: what the block read,
//
// norm reads c on the way back, and the block's first convolution reads x: y need not be kept beside them. Where the way back comes
// to the first reader of y, norm, sum and relu run once more, on the chunk in hand, into memory of the lane's own.
//
// A value is computed again when
//   - all who read it on the way back, perhaps its own pass among them, do so in one stage, chunk by chunk;
//   - a chain of at most `longest_chain` cheap passes makes it from values that somebody else reads then or later, so that nothing
//     is kept for its sake;
//   - it is neither observed nor an output, and nobody reads it under another shape.
// Values are decided on in the order of their passes, and a chain may lead through one that goes itself. In a row of such blocks
// every second y goes: the next would need a chain of six.
#pragma once

#include "cambium/framework/planning/timetable.h"

namespace cambium {

// Enough for relu(norm(c) + relu(norm(b))), which reads two values in place of one.
constexpr int longest_chain = 4;

// Sets `last_read` and `again` of every tensor. Stages are there, and which gradients are wanted.
void choose_kept(Timetable& timetable);

// The passes that read this value on the way back, which comes to the last of them first; its own may be among them.
std::vector<int> readers_back(const Timetable& timetable, const ScheduledTensor& x);

}  // namespace cambium
