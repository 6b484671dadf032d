#include "app/batch_io.h"

#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

void fail(Json& reply, std::string_view code, std::string_view message) {
  Json id = reply.contains("id") ? reply["id"] : Json(nullptr);
  reply = {{"id", std::move(id)}, {"error", {{"code", code}, {"message", message}}}};
}

}  // namespace

void run_batch(std::istream& in, std::ostream& out, const std::function<void(const Json&, Json&)>& answer) {
  std::string line;
  while (std::getline(in, line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    Json reply = Json::object();
    try {
      const Json request = Json::parse(line);
      if (!request.is_object()) throw BatchError("INVALID_REQUEST", "a request is a JSON object");
      reply["id"] = request.value("id", Json(nullptr));
      answer(request, reply);
    } catch (const BatchError& error) {
      fail(reply, error.code(), error.what());
    } catch (const nlohmann::json::exception& error) {
      fail(reply, "INVALID_REQUEST", error.what());
    }
    out << reply.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush;
  }
}

}  // namespace tocsin
