// catalog/store/model_rows.h: how a model row is read, once for every store. Layer 1; only the
// sources of catalog/store use it.
#pragma once

#include <vector>

#include "catalog/store/connection.h"
#include "catalog/store/records.h"

namespace changeling {

/// The remaining rows of a query for model_id, role, name, version, sha256, licence, trained_on.
inline std::vector<ModelRow> read_models(Query& query) {
  std::vector<ModelRow> rows;
  while (query.next()) {
    ModelRow& row = rows.emplace_back();
    query.read(row.id, row.role, row.name, row.version, row.sha256, row.licence, row.trained_on);
  }
  return rows;
}

}  // namespace changeling
