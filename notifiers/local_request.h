// Requests that stay on this machine: `file:PATH` appends the body to the file and makes it durable, `stdout:` writes
// it to standard output. Each body is a line of its own. The file is opened anew each time, so that it may be rotated.
#pragma once

#include "notifiers/transport.h"

namespace tocsin {

bool is_local_request(const HttpRequest& request);
// Status 200, or 0 and the error.
HttpResponse perform_local_request(const HttpRequest& request);

}  // namespace tocsin
