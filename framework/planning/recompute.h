// How long every value is kept, and which are computed again on the way back instead.
//
// Activations are most of what training holds in memory, and many of them are made by ops that cost hardly more than reading
// what they make (LayerSpec::recomputable), from values that are kept in any case. So at the end of a residual block,
//
//     y = relu(norm(c) + x),    c: what a convolution made, x: what the block read,
//
// norm reads c on the way back, and the block's first convolution reads x: y need not be kept beside them. Where the way back comes
// to the first reader of y, norm, sum and relu run once more, on the chunk in hand, into memory of the thread's own.
//
// A value is computed again when
//   - all ops that read it on the way back, perhaps its own among them, do so in one stage, chunk by chunk;
//   - a chain of at most `longest_chain` such ops makes it from values that another op reads then or later, so that nothing is kept
//     for its sake;
//   - it is neither observed nor an output, and no op reads it under another shape.
// Values are decided on in the order of their ops, and a chain may lead through one that goes itself. In a row of such blocks
// every second y goes: the next would need a chain of six.
#pragma once

#include "cambium/framework/planning/timetable.h"

namespace cambium {

// Enough for relu(norm(c) + relu(norm(b))), which reads two values in place of one.
constexpr int longest_chain = 4;

// Sets `last_read` and `recompute` of every tensor, and adds the steps. Stages are there, and which gradients are wanted.
void choose_recompute(Timetable& timetable);

// The ops that read this value on the way back, which comes to the last of them first; its own may be among them.
std::vector<int> readers_back(const Timetable& timetable, const ScheduledTensor& x);

}  // namespace cambium
