// The layout of the database and its forward migrations.
#pragma once

#include <string>

struct sqlite3;

namespace tocsin {

// Brings an empty or older database up to this build's layout, in one transaction. A database of a newer tocsin, or of
// another program, is refused with a StoreError that names `path`.
void migrate(sqlite3* handle, const std::string& path);

int newest_schema_version();

}  // namespace tocsin
