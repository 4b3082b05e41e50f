// Package database has a driver for a database, github.com/jackc/pgx, talk to PostgreSQL over rtnet: the driver is written for
// package net and takes a connection of rtnet for one of its own. Its test starts a server, if PostgreSQL is installed.
//
// It is a module of its own, so that others do not need the driver.
package database
