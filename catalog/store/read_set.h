// catalog/store/read_set.h: the rows of a query of one column. Layer 1, internal to the store.
#pragma once

#include <set>
#include <string>

#include "catalog/store/connection.h"

namespace changeling {

/// Adds the column's values to `values`; `keys` are the query's parameters.
template <typename Value, typename... Key>
void add_rows(Connection& connection, const std::string& sql, std::set<Value>& values,
              const Key&... keys) {
  Query query(connection, sql.c_str());
  query.bind(keys...);
  while (query.next()) {
    Value value{};
    query.read(value);
    values.insert(value);
  }
}

/// The values alone.
template <typename Value, typename... Key>
std::set<Value> read_set(Connection& connection, const std::string& sql, const Key&... keys) {
  std::set<Value> values;
  add_rows(connection, sql, values, keys...);
  return values;
}

}  // namespace changeling
