// The layout of the database and its forward migrations.
#pragma once

#include <string>

struct sqlite3;

namespace tocsin {

// Brings an empty or older database up to this build's layout, in one transaction; one that holds something is copied
// first (tocsin.db.v1.bak beside it). Where anything fails the old layout stays as it was. A database of a newer
// tocsin, or of another program, is refused with a StoreError that names `path`.
void migrate(sqlite3* handle, const std::string& path);

int newest_schema_version();

}  // namespace tocsin
