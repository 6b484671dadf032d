// A fast 64-bit checksum that finds damaged bytes in what is stored; no protection against people. The same on every
// machine.
#pragma once

#include <cstdint>
#include <string_view>

namespace tocsin {

std::uint64_t checksum(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace tocsin
