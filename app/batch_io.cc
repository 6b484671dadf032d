#include "app/batch_io.h"

#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <streambuf>

#include "engine/workflow/json.h"

namespace tocsin {
namespace {

void fail(Json& reply, std::string_view code, std::string_view message) {
  Json id = reply.contains("id") ? reply["id"] : Json(nullptr);
  reply = {{"id", std::move(id)}, {"error", {{"code", code}, {"message", message}}}};
}

// The next line; false at the end. What is longer than allowed is read past, and `too_long` set.
bool read_line(std::istream& in, std::string& line, bool& too_long) {
  using Traits = std::istream::traits_type;
  line.clear();
  too_long = false;
  int c = in.rdbuf()->sbumpc();
  if (c == Traits::eof()) return false;
  for (; c != Traits::eof() && c != '\n'; c = in.rdbuf()->sbumpc()) {
    if (line.size() == kMaxRequestBytes) {
      too_long = true;
    } else {
      line += Traits::to_char_type(c);
    }
  }
  return true;
}

// Deeper values could be parsed, but not copied or written: both are recursive, and a growing object copies.
Json parse_request(const std::string& line) {
  return Json::parse(line, [](int depth, Json::parse_event_t /*event*/, const Json& /*parsed*/) {
    if (static_cast<std::size_t>(depth) <= kMaxJsonDepth + 8) return true;
    throw BatchError("INVALID_REQUEST",
                     "the request is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  });
}

}  // namespace

void run_batch(std::istream& in, std::ostream& out, const std::function<void(const Json&, Json&)>& answer) {
  std::string line;
  bool too_long = false;
  while (read_line(in, line, too_long)) {
    if (!too_long && line.find_first_not_of(" \t\r") == std::string::npos) continue;
    Json reply = Json::object();
    try {
      if (too_long) throw BatchError("INVALID_REQUEST", "the request is longer than 64 MiB");
      const Json request = parse_request(line);
      if (!request.is_object()) throw BatchError("INVALID_REQUEST", "a request is a JSON object");
      reply["id"] = request.value("id", Json(nullptr));
      answer(request, reply);
    } catch (const BatchError& error) {
      fail(reply, error.code(), error.what());
    } catch (const nlohmann::json::exception& error) {
      fail(reply, "INVALID_REQUEST", error.what());
    }
    out << reply.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush;
    if (!out) throw std::runtime_error("cannot write to standard output");
  }
}

}  // namespace tocsin
