-- The demo shop. Times are UTC; prices in pence.
CREATE TABLE shop (
    seeded_on TEXT NOT NULL              -- the day the dates below are relative to
);
CREATE TABLE orders (
    number TEXT PRIMARY KEY,             -- MF-204518
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    address TEXT NOT NULL,
    postcode TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('placed', 'packed', 'shipped', 'delivered', 'cancelled', 'returned')),
    delivery TEXT NOT NULL CHECK (delivery IN ('standard', 'express', 'furniture', 'europe')),
    placed_at TEXT NOT NULL,
    shipped_at TEXT,
    delivered_at TEXT,
    cancelled_at TEXT,
    carrier TEXT,
    tracking TEXT
);
CREATE TABLE items (
    order_number TEXT NOT NULL REFERENCES orders (number),
    name TEXT NOT NULL,
    quantity INTEGER NOT NULL DEFAULT 1,
    pence INTEGER NOT NULL,
    returnable INTEGER NOT NULL DEFAULT 1,   -- cut fabric and personalised items are not
    PRIMARY KEY (order_number, name)
);
CREATE TABLE returns (
    code TEXT PRIMARY KEY,               -- R-204518-1
    order_number TEXT NOT NULL REFERENCES orders (number),
    item TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at TEXT NOT NULL,
    turn_id TEXT,                        -- the turn that made it: the same turn again made it, too
    UNIQUE (order_number, item)
);
CREATE TABLE changes (
    order_number TEXT NOT NULL REFERENCES orders (number),
    kind TEXT NOT NULL CHECK (kind IN ('cancelled', 'address')),
    value TEXT NOT NULL,
    created_at TEXT NOT NULL,
    turn_id TEXT
);
PRAGMA user_version = 1;
