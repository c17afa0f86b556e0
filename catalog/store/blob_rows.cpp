#include "catalog/store/blob_rows.h"

#include "catalog/store/clock.h"

namespace changeling {

void add_blob(Connection& connection, const BlobRow& blob) {
  Query(connection,
        "INSERT INTO blob(sha256,bytes,media_type,state,created_at) VALUES(?,?,?,?,?) "
        "ON CONFLICT(sha256) DO UPDATE SET state='present' "
        "WHERE excluded.state='present' AND blob.state<>'present'")
      .run(blob.sha256, blob.bytes, blob.media_type, blob.state, now_iso8601());
}

}  // namespace changeling
