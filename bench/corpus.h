// The log that the benchmarks read: NDJSON lines of about 280 bytes, 20 services, one error in a hundred, 333 lines a
// second of event time. The same number of lines gives the same bytes on every machine.
#pragma once

#include <cstddef>
#include <string>

namespace tocsin {

// The file with `lines` lines, in the folder for temporary files; made where it is missing. Throws std::runtime_error
// where it can't be written.
std::string corpus_path(std::size_t lines);

}  // namespace tocsin
