// The batch form of a command: one JSON request a line on stdin, one answer a line on stdout, in order, each with the
// request's id. A request that fails answers {"id", "error": {"code", "message"}}; the next line goes on. So does one
// that is nested too deeply to be written back, or whose line is longer than kMaxRequestBytes.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>

namespace tocsin {

inline constexpr std::size_t kMaxRequestBytes = std::size_t{64} << 20;

class BatchError : public std::runtime_error {
 public:
  BatchError(std::string code, const std::string& message) : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

// `answer` gets the request and an object that already holds the id. It throws BatchError, or any json exception, to
// fail. Throws std::runtime_error where the answers can't be written.
void run_batch(
    std::istream& in, std::ostream& out,
    const std::function<void(const nlohmann::ordered_json& request, nlohmann::ordered_json& answer)>& answer);

}  // namespace tocsin
