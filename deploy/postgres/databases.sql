-- Runs once, when the volume is empty. Neither role is a superuser, and Temporal's can't enter the ledger's database.
-- Temporal's own two databases are created by its schema job, as its role.
\getenv ledger_password LEDGER_DB_PASSWORD
\getenv temporal_password TEMPORAL_DB_PASSWORD

create role procore_cmic login password :'ledger_password';
create database procore_cmic owner procore_cmic;
revoke all on database procore_cmic from public;

create role temporal login createdb password :'temporal_password';
