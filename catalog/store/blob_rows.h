// catalog/store/blob_rows.h: rows of table `blob`. Layer 1, internal to the store.
#pragma once

#include "catalog/store/connection.h"
#include "catalog/store/records.h"

namespace changeling {

/// Adds the row of a durable blob. An existing row keeps its values, except that a blob that is now
/// present in the objects folder becomes `present` whatever it was.
void add_blob(Connection& connection, const BlobRow& blob);

}  // namespace changeling
