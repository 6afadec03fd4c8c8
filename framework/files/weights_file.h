// A model's weights and state, in one safetensors file, by name.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cambium/framework/files/weights_note.h"
#include "cambium/framework/graph/weights.h"

namespace cambium {

// Writes every parameter ("dense_1.weight", F32, or F64 in the double build) and all state ("batch_norm_1.running_mean", F64), and
// Weights::version() as metadata, for layers that count updates, a checksum, and the notes beside them. The file appears under its
// name only when it is whole. Errors, with nothing written: a number that load_weights would refuse, by name and position; a note
// under a key that is taken; whatever the system refuses.
void save_weights(const Weights& weights, const std::string& path, std::span<const WeightsNote> notes = {});

// Throws what can be known before a training of what save_weights would refuse after it: names that the format cannot hold, a place
// where nothing can be written. Nothing is left there.
void check_save_weights(const Weights& weights, const std::string& path, std::span<const WeightsNote> notes = {});

// Reads them back, by name, from F64, F32, F16 or BF16. Nothing moves unless the file holds exactly the tensors of this model, in
// its shapes; otherwise the Error lists the first few that differ of each kind, and how many there are. A checkpoint
// (checkpoint_file.h) will do: what else it holds is passed over. Numbers that are not finite, or that the state of the layer can
// never have (a variance below 0, half a count: see State::range), are refused by name and position, and so are a file whose
// checksum is another, and one of ours of another version than 1. The version of the weights becomes that of the file, so
// that a training goes on as if it had never stopped; a file without one raises it. For files of others, under other names, and for
// parts of models: load_options.h.
void load_weights(Weights& weights, const std::string& path);

// The notes of such a file, without its weights, in the order of their keys. Of a file that others wrote, whatever texts it has.
std::vector<WeightsNote> read_notes(const std::string& path);

}  // namespace cambium
